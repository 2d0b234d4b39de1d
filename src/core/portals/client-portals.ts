import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { takeAccess } from '../access/records.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { deleteAllIn } from '../documents/change.ts'
import { cancelOpenOf } from '../invitations/withdraw.ts'
import { containing } from '../names.ts'
import { ok, refused, type Result } from '../result.ts'

export type ClientPortalOrder = 'name' | 'company' | 'activity'

export interface ClientPortalSort {
  by: ClientPortalOrder
  descending: boolean
}

/** The portal of a contact. `pending` counts invitations that nobody has accepted, those that expired included. */
export interface ClientPortal {
  id: number
  contactId: number
  name: string
  company: string | null
  enabled: boolean
  subscribers: number
  pending: number
  /** When somebody last signed in, or was given access; null when nobody has any. */
  lastActivity: number | null
}

/**
 * How many contacts have a portal, and match: the text is looked for in the name, address and company of the contact.
 */
export async function countClientPortals(db: Db, text: string): Promise<number> {
  const [row] = await matching(db, text).count<{ total: number }[]>({ total: 'portals.id' })
  return row?.total ?? 0
}

/** One page of the contacts that have a portal. `page` counts from 1; a page past the end is empty. */
export async function clientPortalsPage(
  db: Db,
  text: string,
  sort: ClientPortalSort,
  { page, perPage }: { page: number; perPage: number },
): Promise<ClientPortal[]> {
  const query = withFacts(db, matching(db, text))
  const rows = (await ordered(db, query, sort)
    .limit(perPage)
    .offset((page - 1) * perPage)) as Row[]
  return rows.map(portalFrom)
}

/** The portal with this id when it is that of a contact; null for shared ones, and when it was removed. */
export async function clientPortal(db: Db, id: number): Promise<ClientPortal | null> {
  const [row] = (await withFacts(db, matching(db, '').where('portals.id', id))) as Row[]
  return row ? portalFrom(row) : null
}

/** What removing a portal has ended. */
export interface Removed {
  name: string
  contactId: number
  subscribers: number
  invitations: number
  /** Documents that were deleted with it. */
  documents: number
}

/**
 * Removes the portal of a contact: nobody has access any more, and its open invitations are cancelled. Logins stay. Inviting
 * somebody to it brings it back, without the people, and with what is in it where that was kept. Refused when it was removed
 * before.
 */
export function removeClientPortal(
  db: Db,
  staff: Staff,
  id: number,
  what: { documents: 'keep' | 'delete' },
  now: number,
): Promise<Result<Removed, 'not-found'>> {
  return db.transaction(async trx => {
    await lockWithContact(trx, id)
    const portal = await clientPortal(trx, id)
    if (!portal) return refused('not-found')
    const invitations = await cancelOpenOf(trx, id, now)
    const ending = await trx('portal_access').where({ portal_id: id }).whereNull('revoked_at').pluck<number[]>('id')
    await takeAccess(trx, ending, null, now)
    await trx('portals').where({ id }).update({ removed_at: now, updated_at: now })
    const { documents } = what.documents === 'delete' ? await deleteAllIn(trx, staff, id, now) : { documents: 0 }
    const ended = { subscribers: portal.subscribers, invitations, documents }
    await record(trx, staff, 'portal.removed', { type: 'portal', id }, { name: portal.name, ...ended }, now)
    return ok({ name: portal.name, contactId: portal.contactId, ...ended })
  })
}

/**
 * First the contact, as whoever opens its portal does. A weak lock: who accepts an invitation needs the portal to stay while
 * its removal waits for the invitation.
 */
async function lockWithContact(trx: Db, id: number): Promise<void> {
  const contactId = trx('portals').where({ id }).select('contact_id')
  await trx('contacts').where('id', contactId).forNoKeyUpdate().first('id')
  await trx('portals').where({ id }).forNoKeyUpdate().first('id')
}

function matching(db: Db, text: string): Knex.QueryBuilder {
  const query = db('portals')
    .join('contacts', 'contacts.id', 'portals.contact_id')
    .leftJoin('companies', 'companies.id', 'contacts.company_id')
    .whereNull('portals.removed_at')
  if (!text) return query
  const columns = ['contacts.name_normalized', 'contacts.email_normalized', 'companies.name_normalized']
  return query.where(any => {
    for (const column of columns) void any.orWhereRaw(String.raw`?? like ? escape '\'`, [column, containing(text)])
  })
}

type Row = Omit<ClientPortal, 'enabled'> & { enabled: boolean | number }

function portalFrom(row: Row): ClientPortal {
  return { ...row, enabled: Boolean(row.enabled) }
}

function withFacts(db: Db, query: Knex.QueryBuilder): Knex.QueryBuilder {
  return query.select(
    'portals.id',
    'contacts.id as contactId',
    'contacts.name',
    'companies.name as company',
    'portals.enabled',
    db.raw('? as subscribers', [access(db).count('*')]),
    db.raw("(select count(*) from invitations where portal_id = portals.id and status = 'open') as pending"),
    db.raw('? as ??', [lastActivity(db), 'lastActivity']),
  )
}

/** The access that people have to the portal of the query outside. */
function access(db: Db): Knex.QueryBuilder {
  return db('portal_access')
    .join('portal_users', 'portal_users.id', 'portal_access.portal_user_id')
    .whereRaw('portal_access.portal_id = portals.id')
    .whereNull('portal_access.revoked_at')
    .whereNull('portal_users.deleted_at')
}

function lastActivity(db: Db): Knex.QueryBuilder {
  const later = 'case when portal_users.last_login_at > portal_access.granted_at then portal_users.last_login_at'
  return access(db).select(db.raw(`max(${later} else portal_access.granted_at end)`))
}

/** Portals without the value come last; turned round, everything is exactly the other way. */
function ordered(db: Db, query: Knex.QueryBuilder, { by, descending }: ClientPortalSort): Knex.QueryBuilder {
  const way = descending ? 'desc' : 'asc'
  if (by === 'name') return query.orderByRaw(`contacts.name_normalized ${way}, contacts.id ${way}`)
  const column = by === 'company' ? db.ref('companies.name_normalized') : lastActivity(db)
  return query.orderByRaw(`(? is null) ${way}, ? ${way}, contacts.id ${way}`, [column, column])
}
