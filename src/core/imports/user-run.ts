import type { Db } from '../../db/index.ts'
import { giveLevels } from '../access/given-levels.ts'
import { may, system, type Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import type { JobDeps } from '../jobs/deps.ts'
import { enqueue, keepJob, type Job } from '../jobs/queue.ts'
import { countSoon } from '../jobs/statistics.ts'
import type { Kind } from '../jobs/worker.ts'
import { notify } from '../notifications/bell.ts'
import { userImportChangedNotice, userImportNotice } from '../notifications/notices.ts'
import { addPortalUsers } from '../portal-users/records.ts'
import { changeSheetUsers, contactsFor } from '../portal-users/sheet.ts'
import { setRoles } from '../roles/holders.ts'
import { staffById } from '../team/accounts.ts'
import { rowsOf } from './file-rows.ts'
import { idRanges } from './id-ranges.ts'
import type { FileRow } from './read-csv.ts'
import { anyImport, beginRun, moveImport, type Import, type ImportFailure, type ImportState } from './records.ts'
import { forgetFile } from './upload-file.ts'
import { countsOf, isAsPlanned, planColumns } from './user-counts.ts'
import { logProblems } from './user-log.ts'
import { planUsers, type PlannedUser } from './user-plan.ts'

const LOOK_AGAIN_MS = 2000
const FAILED = { status: 'failed_validation', error: JSON.stringify({ code: 'rows' }) }

/**
 * Imports a sheet of portal users, all of it or, when one cell of it is wrong, nothing, and tells who asked for it. When it
 * would do something else by now than what was confirmed, nothing is done, and they are asked again.
 */
export const importPortalUsers: Kind<JobDeps> = {
  lane: 'long',

  async run(job, deps) {
    const { importId } = job.payload as { importId: number }
    const begun = await beginRun(deps.db, importId, deps.now())
    if (begun === 'busy')
      return enqueue(deps.db, job.kind, job.payload, deps.now(), { runAt: deps.now() + LOOK_AGAIN_MS })
    const started = begun === 'over' ? null : await anyImport(deps.db, importId)
    if (!started) return
    const staff = await staffById(deps.db, started.staffId)
    if (!staff || !may(staff, 'import')) return end(deps, started, { code: 'not-allowed' })
    await importSheet(job, deps, started, staff)
  },

  async gaveUp(job, deps) {
    const { importId } = job.payload as { importId: number }
    const stopped = await anyImport(deps.db, importId)
    if (stopped) await end(deps, stopped, { code: 'gave-up' })
  },
}

async function importSheet(job: Job, deps: JobDeps, started: Import, staff: Staff): Promise<void> {
  const rows: FileRow[] = []
  for await (const row of rowsOf(deps.config, started.fileKey ?? '', started.format)) rows.push(row)
  const now = deps.now()
  const done = await deps.db.transaction(async trx => {
    if (!(await keepJob(trx, job, now))) throw new Error('Another process has taken this import over')
    const planned = await planUsers(trx, rows)
    const { failed } = countsOf(planned)
    if (failed > 0) {
      await logProblems(trx, started.id, planned)
      return finish(trx, started, ['processing'], { ...FAILED, ...planColumns(planned) }, failed, now)
    }
    if (!isAsPlanned(planned, started)) return askAgain(trx, started, planned, now)
    const ids = await writeUsers(trx, started, planned, now)
    await recordRows(trx, staff, started, planned, ids, now)
    await countSoon(trx, rows.length, now)
    const change = { status: 'completed', finished_at: now, file_key: null }
    return finish(trx, started, ['processing'], change, 0, now)
  })
  if (done === 'completed' && started.fileKey !== null) await forgetFile(deps.db, deps.config, started.fileKey)
}

/**
 * What the sheet would do is not what was said when somebody pressed OK: they are to look again, and nothing is done.
 */
async function askAgain(
  trx: Db,
  { id, filename, staffId }: Import,
  planned: PlannedUser[],
  now: number,
): Promise<string | null> {
  if (!(await moveImport(trx, id, ['processing'], { status: 'ready', ...planColumns(planned) }))) return null
  await notify(trx, [staffId], userImportChangedNotice({ id, filename }), now)
  await record(trx, system, 'import.plan-changed', { type: 'import', id }, { filename }, now)
  return 'ready'
}

interface WrittenIds {
  added: number[]
  changed: number[]
}

async function writeUsers(trx: Db, started: Import, planned: PlannedUser[], now: number): Promise<WrittenIds> {
  const added = planned.filter(row => row.action === 'create').map(row => row.user)
  const contacts = await contactsFor(trx, added)
  const users = added.map((user, index) => ({
    ...user,
    contactId: contacts[index] ?? null,
    temporaryPasswordHash: null,
  }))
  const ids = await addPortalUsers(trx, users, now)
  const changed = planned.filter(row => row.action === 'update').map(row => row.user)
  if (changed.length > 0) await changeSheetUsers(trx, changed, now)
  const written = [...added.map((user, index) => ({ ...user, id: ids[index] ?? 0 })), ...changed]
  const access = written.flatMap(user => user.access.map(one => ({ ...one, portalUserId: user.id })))
  await setRoles(
    trx,
    written.map(({ id, roleIds }) => ({ portalUserId: id, roleIds })),
  )
  await giveLevels(trx, access, { source: 'import', staff: { id: started.staffId }, batchId: null }, now)
  return { added: ids, changed: changed.map(user => user.id) }
}

async function recordRows(
  trx: Db,
  staff: Staff,
  { id }: Import,
  planned: PlannedUser[],
  { added, changed }: WrittenIds,
  now: number,
): Promise<void> {
  const { created, updated, unchanged } = countsOf(planned)
  const rows = `${String(planned[0]?.number ?? 0)}-${String(planned.at(-1)?.number ?? 0)}`
  const ids = { addedIds: idRanges(added), changedIds: idRanges(changed) }
  await record(
    trx,
    staff,
    'import.rows-written',
    { type: 'import', id },
    { rows, ...ids, created, updated, unchanged },
    now,
  )
}

async function end(deps: JobDeps, stopped: Import, failure: ImportFailure): Promise<void> {
  const now = deps.now()
  const change = { status: 'failed', finished_at: now, file_key: null, error: JSON.stringify(failure) }
  const done = await deps.db.transaction(trx => finish(trx, stopped, ['queued', 'processing'], change, 0, now))
  if (done !== null && stopped.fileKey !== null) await forgetFile(deps.db, deps.config, stopped.fileKey)
}

/** Moves the import to its end and says so; null when it is not under way any more. */
async function finish(
  trx: Db,
  { id, filename, staffId }: Import,
  from: ImportState[],
  change: Record<string, unknown> & { status: string },
  failed: number,
  now: number,
): Promise<string | null> {
  if (!(await moveImport(trx, id, from, change))) return null
  const notice = userImportNotice({ id, filename, failed, stopped: change.status === 'failed' })
  await notify(trx, [staffId], notice, now)
  await record(trx, system, 'import.finished', { type: 'import', id }, { filename, status: change.status, failed }, now)
  return change.status
}
