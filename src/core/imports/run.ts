import type { Db } from '../../db/index.ts'
import { refreshStatistics } from '../../db/statistics.ts'
import { failpoint } from '../../failpoints.ts'
import { may, system, type Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import type { JobDeps } from '../jobs/deps.ts'
import { enqueue, keepJobGettingOn, type Job } from '../jobs/queue.ts'
import { Interrupted, type Kind } from '../jobs/worker.ts'
import { releaseHeldEmails } from '../mail/outbox.ts'
import { notify } from '../notifications/bell.ts'
import { importNotice } from '../notifications/notices.ts'
import { staffById } from '../team/accounts.ts'
import { mailTexts } from '../settings/mail-texts.ts'
import { officeNow } from '../settings/office.ts'
import { chunksOf, inTurns } from './chunks.ts'
import { countColumns, sumOf } from './counts.ts'
import type { ContactRow } from './contact-row.ts'
import { withNames } from './findings.ts'
import { rememberedHashes, type Hashes } from './hashes.ts'
import { idRanges } from './id-ranges.ts'
import { knownAbout } from './known.ts'
import { planRows, type PlannedRow } from './plan.ts'
import { advanceImport, anyImport, beginRun, moveImport, type Import, type ImportFailure } from './records.ts'
import { logRows } from './row-log.ts'
import { seeingRows, type SeenBefore } from './seen-before.ts'
import { nothingSeen, see, type Seen } from './seen.ts'
import { forgetFile } from './upload-file.ts'
import { writeRows } from './write.ts'

const LOOK_AGAIN_MS = 2000

/** Thrown inside the transaction of some rows to undo them: the import was stopped, or another process has it. */
class NoLongerOurs extends Error {}

interface Run {
  job: Job
  deps: JobDeps
  stopping: AbortSignal
  id: number
  before: SeenBefore
  hashes: Hashes
}

/**
 * Does an import, five hundred rows in one transaction together with how far it is. After a crash it goes on behind the
 * last row that was written, so that every row is done once. One import runs at a time; the others wait their turn.
 */
export const importContacts: Kind<JobDeps> = {
  lane: 'long',

  async run(job, deps, stopping) {
    const { importId } = job.payload as { importId: number }
    const begun = await beginRun(deps.db, importId, deps.now())
    if (begun === 'busy')
      return enqueue(deps.db, job.kind, job.payload, deps.now(), { runAt: deps.now() + LOOK_AGAIN_MS })
    if (begun === 'over') return
    const hashes = rememberedHashes(deps.passwords, stopping)
    try {
      await seeingRows(before => importAll({ job, deps, stopping, id: importId, before, hashes }))
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
    if (left.length < chunk.length) await seeAgain(run, chunk, started.lastRow)
    if (left.length === 0) continue
    if (run.stopping.aborted) throw new Interrupted()
    const staff = await staffById(deps.db, started.staffId)
    if (!staff || !may(staff, 'import')) return endImport(deps, id, 'failed', { code: 'not-allowed' })
    const hashes = await run.hashes.of(left.flatMap(({ values }) => values.password ?? []))
    const from = last
    const seen = await deps.db.transaction(trx => importChunk(trx, run, staff, { rows: left, hashes, from }))
    failpoint('import.rows-committed')
    await run.before.keep(seen)
    last = left.at(-1)?.number ?? last
  }
  await endImport(deps, id, 'completed', null)
  await refreshStatistics(deps.db)
}

/** What rows that are done already have said. */
async function seeAgain({ before }: Run, rows: ContactRow[], to: number): Promise<void> {
  const seen = nothingSeen()
  for (const row of rows) if (row.number <= to) see(seen, row)
  await before.keep(seen)
}

interface Chunk {
  rows: ContactRow[]
  hashes: Map<string, string>
  /** The last row before. */
  from: number
}

async function importChunk(
  trx: Db,
  { job, deps, id, before }: Run,
  staff: Staff,
  { rows, hashes, from }: Chunk,
): Promise<Seen> {
  const now = deps.now()
  const to = rows.at(-1)?.number ?? from
  const isOurs = (await keepJobGettingOn(trx, job, now)) && (await advanceImport(trx, id, from, to, now))
  const current = await anyImport(trx, id)
  if (!isOurs || !current) throw new NoLongerOurs()
  const known = await knownAbout(trx, rows)
  const seen = await before.about(rows, known)
  const planned = await inTurns(rows, some => planRows(some, known, seen, current.options.portals))
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
  failpoint('import.rows-written')
  return seen
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
    failpoint('import.end-written')
    return ended.fileKey
  })
  failpoint('import.ended')
  if (fileKey !== null) await forgetFile(deps.db, deps.config, fileKey)
}

function summaryOf({ filename, counts }: Import, status: string): Record<string, unknown> {
  return { filename, status, ...counts }
}
