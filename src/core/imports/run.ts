import { refreshStatistics, type Db } from '../../db/index.ts'
import { may, system, type Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import type { JobDeps } from '../jobs/deps.ts'
import { enqueue, keepJob, type Job } from '../jobs/queue.ts'
import { Interrupted, type Kind } from '../jobs/worker.ts'
import { releaseHeldEmails } from '../mail/outbox.ts'
import { notify } from '../notifications/bell.ts'
import { importNotice } from '../notifications/notices.ts'
import { staffById } from '../team/accounts.ts'
import { mailTexts } from '../settings/mail-texts.ts'
import { officeNow } from '../settings/office.ts'
import { chunksOf } from './chunks.ts'
import { countColumns, sumOf } from './counts.ts'
import type { ContactRow } from './contact-row.ts'
import { withNames } from './findings.ts'
import { idRanges } from './id-ranges.ts'
import { knownAbout } from './known.ts'
import { planRows, type PlannedRow } from './plan.ts'
import { advanceImport, anyImport, beginRun, moveImport, type Import, type ImportFailure } from './records.ts'
import { logRows } from './row-log.ts'
import { nothingSeen, see, type Seen } from './seen.ts'
import { dropFile } from './upload-file.ts'
import { writeRows } from './write.ts'

const LOOK_AGAIN_MS = 2000

/** Thrown inside the transaction of some rows to undo them: the import was stopped, or another process has it. */
class NoLongerOurs extends Error {}

interface Run {
  job: Job
  deps: JobDeps
  stopping: AbortSignal
  id: number
  seen: Seen
  /** The hash of every temporary password so far: the same one is hashed once. */
  hashes: Map<string, string>
}

/**
 * Does an import, a thousand rows in one transaction together with how far it is. After a crash it goes on behind the
 * last row that was written, so that every row is done once. One import runs at a time; the others wait their turn.
 */
export const importContacts: Kind<JobDeps> = {
  long: true,

  async run(job, deps, stopping) {
    const { importId } = job.payload as { importId: number }
    const begun = await beginRun(deps.db, importId, deps.now())
    if (begun === 'busy')
      return enqueue(deps.db, job.kind, job.payload, deps.now(), { runAt: deps.now() + LOOK_AGAIN_MS })
    if (begun === 'over') return
    const run = { job, deps, stopping, id: importId, seen: nothingSeen(), hashes: new Map<string, string>() }
    try {
      await importAll(run)
    } catch (error) {
      if (!(error instanceof NoLongerOurs)) throw error
    }
  },

  async gaveUp(job, deps) {
    const { importId } = job.payload as { importId: number }
    await endImport(deps, importId, 'failed', { code: 'gave-up' })
  },
}

async function importAll(run: Run): Promise<void> {
  const { deps, id } = run
  const started = await anyImport(deps.db, id)
  if (!started) throw new NoLongerOurs()
  let last = started.lastRow
  for await (const chunk of chunksOf(deps.config, started)) {
    const left = chunk.filter(row => row.number > started.lastRow)
    for (const row of chunk) if (row.number <= started.lastRow) see(run.seen, row)
    if (left.length === 0) continue
    if (run.stopping.aborted) throw new Interrupted()
    const staff = await staffById(deps.db, started.staffId)
    if (!staff || !may(staff, 'import')) return endImport(deps, id, 'failed', { code: 'not-allowed' })
    await hashPasswords(run, left)
    const from = last
    await deps.db.transaction(trx => importChunk(trx, run, staff, left, from))
    last = left.at(-1)?.number ?? last
  }
  await endImport(deps, id, 'completed', null)
  await refreshStatistics(deps.db)
}

/** One at a time, so that people can sign in meanwhile. */
async function hashPasswords({ deps, stopping, hashes }: Run, rows: ContactRow[]): Promise<void> {
  for (const { values } of rows) {
    if (!values.password || hashes.has(values.password)) continue
    if (stopping.aborted) throw new Interrupted()
    hashes.set(values.password, await deps.passwords.hash(values.password))
  }
}

async function importChunk(
  trx: Db,
  { job, deps, id, seen, hashes }: Run,
  staff: Staff,
  rows: ContactRow[],
  from: number,
): Promise<void> {
  const now = deps.now()
  const to = rows.at(-1)?.number ?? from
  const isOurs = (await keepJob(trx, job, now)) && (await advanceImport(trx, id, from, to, now))
  const current = await anyImport(trx, id)
  if (!isOurs || !current) throw new NoLongerOurs()
  const known = await knownAbout(trx, rows)
  const planned = planRows(rows, known, seen, current.options.portals)
  const { counts, added, withoutEmail } = await writeRows(
    trx,
    planned,
    { ...(await wordsOfOffice(trx, deps)), config: deps.config, known, import: current, hashes },
    now,
  )
  await logRows(trx, current, planned, current.counts.created, added)
  const findings = { ...current.findings, withoutEmail: withNames(current.findings.withoutEmail, withoutEmail) }
  const progress = { ...countColumns(sumOf(current.counts, counts)), findings: JSON.stringify(findings) }
  await moveImport(trx, id, ['processing'], progress)
  const data = { rows: `${String(from + 1)}-${String(to)}`, ...idsOf(planned, added), ...counts }
  await record(trx, staff, 'import.rows-written', { type: 'import', id }, data, now)
}

async function wordsOfOffice(trx: Db, { config }: JobDeps) {
  return { office: await officeNow(trx, config), words: (await mailTexts(trx)).signInDetails }
}

/** Whom these rows added and changed; the counts stand beside them. */
function idsOf(planned: PlannedRow[], added: Map<PlannedRow, number>): Record<string, string> {
  const changed = planned.flatMap(({ action, contact }) => (action === 'update' && contact ? [contact.id] : []))
  return { addedIds: idRanges([...added.values()]), changedIds: idRanges(changed) }
}

async function endImport(
  deps: JobDeps,
  id: number,
  state: 'completed' | 'failed',
  failure: ImportFailure | null,
): Promise<void> {
  const now = deps.now()
  const fileKey = await deps.db.transaction(async trx => {
    const ended = await anyImport(trx, id)
    if (!ended) return null
    const status = state === 'completed' && ended.counts.failed > 0 ? 'completed_with_errors' : state
    const change = { status, finished_at: now, file_key: null, error: failure && JSON.stringify(failure) }
    if (!(await moveImport(trx, id, ['queued', 'processing'], change))) return null
    if (state === 'completed') await releaseHeldEmails(trx, deps, id, now)
    await record(trx, system, 'import.finished', { type: 'import', id }, summaryOf(ended, status), now)
    const { filename, counts } = ended
    const notice = importNotice({ id, filename, failed: counts.failed, stopped: state === 'failed' })
    await notify(trx, [ended.staffId], notice, now)
    return ended.fileKey
  })
  if (fileKey !== null) await dropFile(deps.config, fileKey)
}

function summaryOf({ filename, counts }: Import, status: string): Record<string, unknown> {
  return { filename, status, ...counts }
}
