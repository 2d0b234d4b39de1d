/** How often a comparison is made: until there are `most` rounds, or the time is up and there are at least `least`. */
export interface Rounds {
  least: number
  most: number
  ms: number
}

/** On how many contacts each job is measured, and how long. */
export interface Sizes {
  import: number[]
  /** Rows of a file with a password for each. */
  passwords: number[]
  list: number[]
  grant: number[]
  export: number[]
  /** Contacts in a workbook. */
  book: number[]
  /** Portal users in a workbook; a sheet has at most 10,000. */
  users: number[]
  invite: number[]
  send: number[]
  portal: number[]
  beside: number[]
  start: number[]
  several: number[]
  /** Requests for one page in one round. */
  requests: number
  /** Requests before the first round, so that what is measured is compiled, as in a process that has been at work a while. */
  warmUp: number
  /** How long a program rests before its memory is looked at. */
  restMs: number
  rounds: Rounds
  /** Whether all jobs share two processes: quicker, but one inherits the memory of the one before. */
  sharesProcesses: boolean
}

const USUAL: Sizes = {
  import: [1000, 100_000],
  passwords: [200, 1000],
  list: [1000, 100_000],
  grant: [1000, 100_000],
  export: [1000, 100_000],
  book: [10_000],
  users: [10_000],
  invite: [1000, 10_000],
  send: [10_000],
  portal: [1000, 100_000],
  beside: [100_000],
  start: [1000, 100_000],
  several: [100_000],
  requests: 30,
  warmUp: 400,
  restMs: 2500,
  rounds: { least: 2, most: 5, ms: 5000 },
  sharesProcesses: false,
}

/** With a million, and as many as a workbook may have. */
const FULL: Sizes = {
  ...USUAL,
  import: [...USUAL.import, 1_000_000],
  list: [...USUAL.list, 1_000_000],
  grant: [1000, 10_000, 100_000, 1_000_000],
  export: [...USUAL.export, 1_000_000],
  book: [...USUAL.book, 50_000],
  invite: [...USUAL.invite, 100_000],
  portal: [...USUAL.portal, 1_000_000],
}

/** Every job once: whether it works, not how fast. */
const SMALL: Sizes = {
  import: [500],
  passwords: [20],
  list: [500, 1500],
  grant: [500],
  export: [1500],
  book: [300],
  users: [300],
  invite: [300],
  send: [100],
  portal: [500],
  beside: [500],
  start: [500],
  several: [500],
  requests: 5,
  warmUp: 0,
  restMs: 500,
  rounds: { least: 1, most: 1, ms: 0 },
  sharesProcesses: true,
}

export const MODES = { small: SMALL, usual: USUAL, full: FULL }

export type Mode = keyof typeof MODES

/** The rounds of one comparison: of what takes minutes, there is one. */
export function roundsFor({ rounds }: Sizes, contacts: number): Rounds {
  return contacts >= 1_000_000 ? { least: 1, most: 1, ms: 0 } : rounds
}
