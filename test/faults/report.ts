import type { Victim } from './victim.ts'

/** What one trial came to: how often the server died, and what did not hold then. */
export interface Report {
  deaths: number
  /** What it was to die of and did not. */
  missed: number
  wrong: string[]
  /** Mails that arrived twice, byte for byte the same. */
  twice: number
}

export function done(victim: Victim, wrong: string[], twice = 0): Promise<Report> {
  return Promise.resolve({ deaths: victim.deaths(), missed: victim.left(), wrong, twice })
}

export function sumOfReports(reports: Report[]): Report {
  return {
    deaths: reports.reduce((sum, { deaths }) => sum + deaths, 0),
    missed: reports.reduce((sum, { missed }) => sum + missed, 0),
    wrong: reports.flatMap(({ wrong }) => wrong),
    twice: reports.reduce((sum, { twice }) => sum + twice, 0),
  }
}
