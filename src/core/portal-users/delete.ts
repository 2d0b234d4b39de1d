import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { accessOf, takeAccess } from '../access/records.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { batchOfForm, startBatch, writeItemsOf } from '../batches/batches.ts'
import { holdContacts } from '../contacts/hold.ts'
import { countSoon } from '../jobs/statistics.ts'
import { cancelEmailsTo } from '../mail/sign-in-details.ts'
import { ok, refused, type Result } from '../result.ts'
import { dropRolesOf } from '../roles/holders.ts'
import { removeFactors } from '../second-factor/rows.ts'
import { endSessionsOf } from '../sessions/rows.ts'
import { endEmailChangesOf } from './email-changes.ts'
import { revokeLinksOf } from './links.ts'
import { ALL_PORTAL_USERS, portalUsersMatching, withCompanies } from './list.ts'

/** Who is to be deleted: those of a selection, or one. */
export type Doomed = { selection: string } | { id: number }

export interface DoomedName {
  id: number
  name: string
  email: string
  company: string | null
}

export async function countDoomed(db: Db, doomed: Doomed): Promise<number> {
  const [row] = await doomedIn(db, doomed).count<{ total: number }[]>({ total: 'portal_users.id' })
  return row?.total ?? 0
}

/** The first of those to be deleted, by name. */
export async function doomedNames(db: Db, doomed: Doomed, limit: number): Promise<DoomedName[]> {
  return withCompanies(doomedIn(db, doomed))
    .orderBy([{ column: 'portal_users.search_name' }, { column: 'portal_users.id' }])
    .limit(limit)
    .select<DoomedName[]>(
      'portal_users.id',
      'portal_users.name',
      db.raw('coalesce(portal_users.email, portal_users.username) as email'),
      'companies.name as company',
    )
}

/**
 * Deletes portal users for good, all or nothing: they are signed out, their access, links and waiting mail end, and their
 * names are free for others at once. Their contacts stay. Refused with how many there are now when that is not what was
 * `seen`; a second press of the same form does nothing and is fine.
 */
export async function deletePortalUsers(
  db: Db,
  staff: Staff,
  { doomed, seen, formKey }: { doomed: Doomed; seen: number; formKey: string },
  now: number,
): Promise<Result<null, number>> {
  return db.transaction(async trx => {
    const ids = await heldIn(trx, doomed)
    if ((await batchOfForm(trx, staff, formKey)) !== null) return ok(null) // by the first press, which this one waited for
    if (ids.length !== seen || seen === 0) return refused(ids.length)
    const batch = { kind: 'delete' as const, formKey, summary: { portalUsers: seen } }
    const batchId = await startBatch(trx, staff, batch, now)
    if (batchId === null) return ok(null)
    await writeItemsOf(trx, itemsOf(trx, batchId, ids))
    await endEverythingOf(trx, ids, batchId, now)
    await record(trx, staff, 'portal-users.deleted', { type: 'batch', id: batchId }, { portalUsers: seen }, now)
    await countSoon(trx, seen, now)
    return ok(null)
  })
}

/**
 * Those to be deleted, whom nobody changes any more until the transaction ends. First their contacts, as whoever gives them
 * portals does: what was given is taken again, and what is given from then on finds no login.
 */
async function heldIn(trx: Db, doomed: Doomed): Promise<number[]> {
  const theirs = doomedIn(trx, doomed).whereNotNull('portal_users.contact_id').select('portal_users.contact_id')
  await holdContacts(trx, trx('contacts').whereIn('contacts.id', theirs))
  const held = doomedIn(trx, doomed).orderBy('portal_users.id').forNoKeyUpdate()
  return (await held.select<{ id: number }[]>('portal_users.id')).map(row => row.id)
}

async function endEverythingOf(trx: Db, ids: number[], batchId: number, now: number): Promise<void> {
  await trx('portal_users')
    .whereIn('id', listed(trx, ids))
    .update({
      deleted_at: now,
      password_hash: null,
      session_version: trx.raw('session_version + 1'),
      updated_at: now,
    })
  const access = await accessOf(trx, ids)
  await takeAccess(
    trx,
    access.map(row => row.id),
    batchId,
    now,
  )
  await endSessionsOf(trx, 'portal', ids)
  await cancelEmailsTo(trx, ids, now)
  await revokeLinksOf(trx, ids, now)
  await endEmailChangesOf(trx, ids, 'cancelled', now)
  await dropRolesOf(trx, ids)
  await removeFactors(trx, 'portal_user', ids)
  await trx('sign_in_names').whereIn('portal_user_id', listed(trx, ids)).delete()
}

function doomedIn(db: Db, doomed: Doomed): Knex.QueryBuilder {
  if ('selection' in doomed) return portalUsersMatching(db, { ...ALL_PORTAL_USERS, selection: doomed.selection })
  return portalUsersMatching(db, ALL_PORTAL_USERS).where('portal_users.id', doomed.id)
}

function itemsOf(trx: Db, batchId: number, ids: number[]): Knex.QueryBuilder {
  return trx('portal_users')
    .whereIn('id', listed(trx, ids))
    .select(
      trx.raw('cast(? as integer)', [batchId]),
      trx.raw("'portal_user'"),
      'id',
      trx.raw("'deleted'"),
      trx.raw('cast(null as text)'),
    )
}
