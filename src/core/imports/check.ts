import type { Db } from '../../db/index.ts'
import { failpoint } from '../../failpoints.ts'
import type { JobDeps } from '../jobs/deps.ts'
import { keepJob, type Job } from '../jobs/queue.ts'
import { Interrupted, type Kind } from '../jobs/worker.ts'
import { normalized } from '../names.ts'
import { chunksOf, inTurns } from './chunks.ts'
import { countColumns, NO_COUNTS, sumOf, type ImportCounts } from './counts.ts'
import { NO_FINDINGS, withNames, type Findings } from './findings.ts'
import { knownAbout } from './known.ts'
import { planRows, type PlannedRow } from './plan.ts'
import { UnreadableFile } from './read-csv.ts'
import { anyImport, moveImport, type Import, type ImportFailure } from './records.ts'
import { forgetRows, logRows } from './row-log.ts'
import { seeingRows, type SeenBefore } from './seen-before.ts'
import type { Seen } from './seen.ts'

/**
 * Reads the whole file and plans every row, changing nothing but the import itself. Safe to do again from the start.
 */
export const checkImport: Kind<JobDeps> = {
  async run(job, deps, stopping) {
    const { importId } = job.payload as { importId: number }
    const checked = await anyImport(deps.db, importId)
    if (checked?.state !== 'validating') return
    await startAgain(deps, checked)
    const failure = await seeingRows(before => planAll({ job, deps, stopping, before }, checked))
    const change = failure
      ? { status: 'failed_validation', error: JSON.stringify(failure) }
      : { status: 'ready', error: null }
    await moveImport(deps.db, importId, ['validating'], change)
  },

  async gaveUp(job, { db }) {
    const { importId } = job.payload as { importId: number }
    await moveImport(db, importId, ['validating'], {
      status: 'failed_validation',
      error: JSON.stringify({ code: 'gave-up' }),
    })
  },
}

async function startAgain({ db }: JobDeps, { id }: Import): Promise<void> {
  await db.transaction(async trx => {
    await forgetRows(trx, id)
    await moveImport(trx, id, ['validating'], {
      ...countColumns(NO_COUNTS),
      total_rows: 0,
      next_row: 0,
      findings: null,
    })
  })
}

/** The check of a file on its way. */
interface Check {
  job: Job
  deps: JobDeps
  stopping: AbortSignal
  before: SeenBefore
}

async function planAll({ job, deps, stopping, before }: Check, checked: Import): Promise<ImportFailure | null> {
  let counts = NO_COUNTS
  let { newCompanies } = NO_FINDINGS
  let rows = 0
  try {
    for await (const chunk of chunksOf(deps.config, checked)) {
      rows += chunk.length
      if (stopping.aborted) throw new Interrupted()
      if (rows > deps.config.importRows) return { code: 'too-many-rows', most: deps.config.importRows }
      const known = await knownAbout(deps.db, chunk)
      const seen = await before.about(chunk, known)
      const planned = await inTurns(chunk, some => planRows(some, known, seen, checked.options.portals))
      const after = sumOf(counts, plannedCounts(planned))
      newCompanies = withNames(newCompanies, companiesIn(planned, seen))
      const findings = { ...NO_FINDINGS, newCompanies }
      await deps.db.transaction(trx =>
        keepPlanned(trx, job, { checked, planned, before: counts, after, findings, rows }, deps.now()),
      )
      await before.keep(seen)
      failpoint('import.rows-checked')
      counts = after
    }
  } catch (error) {
    if (error instanceof UnreadableFile) return { code: 'unreadable', row: error.number }
    throw error
  }
  return rows === 0 ? { code: 'no-rows' } : null
}

interface CheckedChunk {
  checked: Import
  planned: PlannedRow[]
  before: ImportCounts
  after: ImportCounts
  findings: Findings
  rows: number
}

async function keepPlanned(
  trx: Db,
  job: Job,
  { checked, planned, before, after, findings, rows }: CheckedChunk,
  now: number,
): Promise<void> {
  if (!(await keepJob(trx, job, now))) throw new Error('Another process has taken this check over')
  await logRows(trx, checked, planned, before.created)
  await moveImport(trx, checked.id, ['validating'], {
    ...countColumns(after),
    findings: JSON.stringify(findings),
    total_rows: rows,
    next_row: planned.at(-1)?.row.number ?? 0,
  })
}

/** The companies that nobody knows yet, each the first time a row names it. */
function companiesIn(planned: PlannedRow[], { companies }: Seen): string[] {
  return planned.flatMap(({ row, newCompany }) => {
    if (newCompany === null || companies.has(normalized(newCompany))) return []
    companies.set(normalized(newCompany), row.number)
    return [newCompany]
  })
}

function plannedCounts(planned: PlannedRow[]): ImportCounts {
  const of = (action: PlannedRow['action']): number => planned.filter(row => row.action === action).length
  return {
    created: of('create'),
    updated: of('update'),
    unchanged: of('unchanged'),
    failed: of('error'),
    access: planned.reduce((sum, row) => sum + (row.login?.givePortals.length ?? 0), 0),
    passwords: planned.filter(row => row.login?.temporaryPassword).length,
    companies: 0,
  }
}
