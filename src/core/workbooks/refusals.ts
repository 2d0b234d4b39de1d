/**
 * Why a workbook is not read: 'protected' by a password, an 'old-workbook' of before 2007, 'not-a-workbook' at all,
 * 'too-much-inside' when it holds more than anybody's list of people, 'too-long-cell' when one cell holds more than a
 * spreadsheet program can put there, and 'unreadable-workbook' for all else.
 */
export const WORKBOOK_REFUSALS = [
  'unreadable-workbook',
  'protected',
  'old-workbook',
  'not-a-workbook',
  'too-much-inside',
  'too-long-cell',
] as const

export type WorkbookRefusal = (typeof WORKBOOK_REFUSALS)[number]

/** Thrown where a workbook cannot be read. */
export class WorkbookRefused extends Error {
  readonly refusal: WorkbookRefusal

  constructor(refusal: WorkbookRefusal, cause?: unknown) {
    super(`A workbook is refused: ${refusal}`, { cause })
    this.refusal = refusal
  }
}

/** The process that reads a workbook says by its exit code why it stopped. */
const FIRST_EXIT_CODE = 40

export function exitCodeOf(refusal: WorkbookRefusal): number {
  return FIRST_EXIT_CODE + WORKBOOK_REFUSALS.indexOf(refusal)
}

export function refusalOf(exitCode: number | null): WorkbookRefusal {
  return WORKBOOK_REFUSALS[(exitCode ?? 0) - FIRST_EXIT_CODE] ?? 'unreadable-workbook'
}
