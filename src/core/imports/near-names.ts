import { normalized } from '../names.ts'

const MOST = 3
const LONGEST = 100

/** Names that somebody may have meant: a letter or two apart, or one inside the other. At most three, nearest first. */
export function nearNames(given: string, names: Iterable<string>): string[] {
  const wanted = normalized(given)
  if (wanted.length > LONGEST) return []
  return [...names]
    .map(name => ({ name, apart: lettersApart(wanted, normalized(name)) }))
    .filter(({ apart }) => apart <= Math.max(1, Math.floor(wanted.length / 3)))
    .toSorted((a, b) => a.apart - b.apart)
    .slice(0, MOST)
    .map(({ name }) => name)
}

function lettersApart(a: string, b: string): number {
  if (a.length > 2 && b.length > 2 && (a.includes(b) || b.includes(a))) return 0
  let before = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row += 1) {
    const now = [row]
    for (let at = 1; at <= b.length; at += 1) {
      const swap = (before[at - 1] ?? 0) + (a[row - 1] === b[at - 1] ? 0 : 1)
      now.push(Math.min(swap, (before[at] ?? 0) + 1, (now[at - 1] ?? 0) + 1))
    }
    before = now
  }
  return before[b.length] ?? 0
}
