const MOST = 20

/** The first of many names, and how many there are in all. */
export interface FirstNames {
  names: string[]
  count: number
}

/** What an import tells by name beside its counts. */
export interface Findings {
  /** Companies that nobody knows yet: the check says that they would be added. */
  newCompanies: FirstNames
  /** People who got a temporary password that could not be mailed to them, although that was asked for. */
  withoutEmail: FirstNames
  /** How many new people of a sheet of portal users get no portal. */
  withoutPortal: number
}

const NOBODY: FirstNames = { names: [], count: 0 }

export const NO_FINDINGS: Findings = { newCompanies: NOBODY, withoutEmail: NOBODY, withoutPortal: 0 }

export function withNames(before: FirstNames, names: string[]): FirstNames {
  return { names: [...before.names, ...names].slice(0, MOST), count: before.count + names.length }
}

export function findingsFrom(stored: string | null): Findings {
  return stored === null ? NO_FINDINGS : { ...NO_FINDINGS, ...(JSON.parse(stored) as Partial<Findings>) }
}
