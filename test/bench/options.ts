import { parseArgs } from 'node:util'

export const SUBJECTS = ['import', 'list', 'grant', 'export', 'workbook', 'invite', 'start'] as const

export type Subject = (typeof SUBJECTS)[number]

/** How many contacts each measurement works on, and how often it is done. */
export interface Sizes {
  import: number
  list: [few: number, many: number]
  grant: number
  export: number
  workbook: number
  invite: number
  rounds: number
  /** Requests for one page in one round. */
  requests: number
}

export interface Options {
  sizes: Sizes
  subjects: Subject[]
  json: boolean
}

const FULL: Sizes = {
  import: 10_000,
  list: [1000, 100_000],
  grant: 10_000,
  export: 100_000,
  workbook: 10_000,
  invite: 10_000,
  rounds: 3,
  requests: 100,
}
const SMALL: Sizes = {
  import: 1000,
  list: [1000, 5000],
  grant: 1000,
  export: 5000,
  workbook: 1000,
  invite: 1000,
  rounds: 3,
  requests: 20,
}

/** Reads `--small`, `--json` and `--only <subject>`; throws for anything else. */
export function readOptions(given: string[]): Options {
  const { values } = parseArgs({
    args: given,
    options: { small: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' } },
  })
  const only = SUBJECTS.find(subject => subject === values.only)
  if (values.only !== undefined && !only) throw new Error(`--only takes one of: ${SUBJECTS.join(', ')}`)
  return { sizes: values.small ? SMALL : FULL, subjects: only ? [only] : [...SUBJECTS], json: values.json ?? false }
}
