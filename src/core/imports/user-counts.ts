import { NO_COUNTS, type ImportCounts } from './counts.ts'
import type { PlannedUser } from './user-plan.ts'

/** What a plan for a sheet of portal users would do. */
export function countsOf(planned: PlannedUser[]): ImportCounts {
  const of = (action: PlannedUser['action']): number => planned.filter(row => row.action === action).length
  const [created, updated, unchanged, failed] = [of('create'), of('update'), of('unchanged'), of('error')]
  return { ...NO_COUNTS, created, updated, unchanged, failed }
}

/** Whether two plans come to the same. */
export function isSameCount(a: ImportCounts, b: ImportCounts): boolean {
  return a.created === b.created && a.updated === b.updated && a.unchanged === b.unchanged && a.failed === b.failed
}
