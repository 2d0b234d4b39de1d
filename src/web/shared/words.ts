const whole = new Intl.NumberFormat('en-GB')

/** 12,500 rather than 12500. */
export function number(value: number): string {
  return Number.isInteger(value) && value >= 0 && value < 1000 ? String(value) : whole.format(value)
}

/** "1 contact", "12,500 contacts", "3 companies": the number with the word in the right form. */
export function count(value: number, one: string, many = `${one}s`): string {
  return `${number(value)} ${value === 1 ? one : many}`
}

/** "A, B and C". */
export function listOf(words: string[]): string {
  if (words.length < 2) return words.join('')
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
}

export interface Dates {
  /** "12 March 2026 at 9:41am" */
  moment(ms: number): string
  /** "12 Mar 2026" */
  day(ms: number): string
  /** "9:41am" */
  clock(ms: number): string
  /** For `<time datetime>`. */
  iso(ms: number): string
  /** Named once on a page that shows times: "Europe/London". */
  zone: string
}

const known = new Map<string, Dates>()

/** The words for moments in a zone; made once, as that takes its time. */
export function datesIn(timeZone: string): Dates {
  const dates = known.get(timeZone) ?? newDatesIn(timeZone)
  known.set(timeZone, dates)
  return dates
}

function newDatesIn(timeZone: string): Dates {
  const long = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'long', year: 'numeric' })
  const short = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: 'numeric' })
  const time = new Intl.DateTimeFormat('en-GB', { timeZone, hour: 'numeric', minute: '2-digit', hourCycle: 'h12' })
  const clock = (ms: number): string => time.format(ms).replace(/\s/g, '').toLowerCase()
  return {
    moment: ms => `${long.format(ms)} at ${clock(ms)}`,
    day: ms => short.format(ms),
    clock,
    iso: ms => new Date(ms).toISOString(),
    zone: timeZone,
  }
}
