/** What an import did so far, counted from what the database took; after a check, what it would do. */
export interface ImportCounts {
  created: number
  updated: number
  unchanged: number
  failed: number
  access: number
  passwords: number
  companies: number
}

export const NO_COUNTS: ImportCounts = {
  created: 0,
  updated: 0,
  unchanged: 0,
  failed: 0,
  access: 0,
  passwords: 0,
  companies: 0,
}

const COLUMN_OF = {
  created: 'created_count',
  updated: 'updated_count',
  unchanged: 'unchanged_count',
  failed: 'failed_count',
  access: 'access_count',
  passwords: 'password_count',
  companies: 'company_count',
} as const

const NAMES = Object.keys(COLUMN_OF) as (keyof ImportCounts)[]

export const COUNT_COLUMNS = Object.values(COLUMN_OF)

export type CountColumns = Record<(typeof COUNT_COLUMNS)[number], number>

export function sumOf(a: ImportCounts, b: ImportCounts): ImportCounts {
  return counted(name => a[name] + b[name])
}

/** The counts as they are stored. */
export function countColumns(counts: ImportCounts): Record<string, number> {
  return Object.fromEntries(NAMES.map(name => [COLUMN_OF[name], counts[name]]))
}

export function countsFrom(row: CountColumns): ImportCounts {
  return counted(name => row[COLUMN_OF[name]])
}

function counted(of: (name: keyof ImportCounts) => number): ImportCounts {
  return Object.fromEntries(NAMES.map(name => [name, of(name)])) as unknown as ImportCounts
}
