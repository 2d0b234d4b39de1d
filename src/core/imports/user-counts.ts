import { countColumns, NO_COUNTS, type ImportCounts } from './counts.ts'
import { NO_FINDINGS } from './findings.ts'
import type { Import } from './records.ts'
import type { PlannedUser } from './user-plan.ts'

/** What a plan for a sheet of portal users would do. */
export function countsOf(planned: PlannedUser[]): ImportCounts {
  const of = (action: PlannedUser['action']): number => planned.filter(row => row.action === action).length
  const [created, updated, unchanged, failed] = [of('create'), of('update'), of('unchanged'), of('error')]
  return { ...NO_COUNTS, created, updated, unchanged, failed }
}

/** What a plan comes to, as it is stored with the import. */
export function planColumns(planned: PlannedUser[]): Record<string, number | string> {
  const findings = { ...NO_FINDINGS, withoutPortal: withoutPortal(planned) }
  return { ...countColumns(countsOf(planned)), findings: JSON.stringify(findings) }
}

/** Whether a plan comes to what is stored with the import. */
export function isAsPlanned(planned: PlannedUser[], { counts: before, findings }: Import): boolean {
  const now = countsOf(planned)
  const names = ['created', 'updated', 'unchanged', 'failed'] as const
  return names.every(name => now[name] === before[name]) && withoutPortal(planned) === findings.withoutPortal
}

function withoutPortal(planned: PlannedUser[]): number {
  return planned.filter(({ action, user }) => action === 'create' && user.access.length === 0).length
}
