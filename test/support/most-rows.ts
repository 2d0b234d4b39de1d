import type { World } from './world.ts'

/** The most rows that a statement gives back, and the most that one is given in a list, from now on. */
export function mostRows(world: World): { read: number; written: number } {
  const most = { read: 0, written: 0 }
  world.db.on('query', ({ bindings = [] }: { bindings?: unknown[] }) => {
    const lists = bindings.filter(value => typeof value === 'string' && value.startsWith('[')) as string[]
    for (const list of lists) most.written = Math.max(most.written, (JSON.parse(list) as unknown[]).length)
  })
  world.db.on('query-response', (answer: unknown) => {
    const rows = Array.isArray(answer) ? answer : ((answer as { rows?: unknown[] } | null)?.rows ?? [])
    most.read = Math.max(most.read, rows.length)
  })
  return most
}
