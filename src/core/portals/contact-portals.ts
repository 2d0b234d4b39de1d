import { insertMany, listed, reserveIds, updateMany } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { holdContacts } from '../contacts/hold.ts'
import { normalized } from '../names.ts'
import { randomPiece } from '../secrets.ts'

/** A portal of any kind that has not been removed. */
export interface AnyPortal {
  id: number
  /** Whose portal it is; null for a shared one. */
  contactId: number | null
  name: string
  slug: string
  enabled: boolean
  activatedAt: number | null
}

/** The portal with this id, shared or of a contact. Null when there is none, or when it was removed. */
export async function portalById(db: Db, id: number): Promise<AnyPortal | null> {
  const row = await livePortals(db).where('portals.id', id).first<Row | undefined>(COLUMNS)
  return row ? portalFrom(row) : null
}

/** The portal of a contact; null while nobody was invited to it, and when it was removed. */
export async function portalOfContact(db: Db, contactId: number): Promise<AnyPortal | null> {
  const row = await livePortals(db).where('portals.contact_id', contactId).first<Row | undefined>(COLUMNS)
  return row ? portalFrom(row) : null
}

/**
 * The portal of each of these contacts, by contact id: made where there was none, put back where it was removed, and active
 * from now on. The contacts are locked, so that two first invitations at the same moment make one portal.
 */
export async function openContactPortals(
  trx: Db,
  actor: Actor,
  contacts: { id: number; name: string }[],
  now: number,
): Promise<Map<number, number>> {
  const opened = noPortals()
  const portals = await openSomePortals(trx, contacts, opened, now)
  await recordOpened(trx, actor, opened, now)
  return portals
}

/** The portals that were made, and those that were put back, so far. */
export interface OpenedPortals {
  made: { ids: number[]; name: string }
  restored: { ids: number[]; name: string }
}

export function noPortals(): OpenedPortals {
  return { made: { ids: [], name: '' }, restored: { ids: [], name: '' } }
}

/** As `openContactPortals`, for some of many: adds to `opened`, which the caller has recorded when all are open. */
export async function openSomePortals(
  trx: Db,
  contacts: { id: number; name: string }[],
  opened: OpenedPortals,
  now: number,
): Promise<Map<number, number>> {
  const ids = contacts.map(contact => contact.id)
  await holdContacts(trx, trx('contacts').whereIn('contacts.id', listed(trx, ids)))
  const before = await portalsOf(trx, ids)
  const there = new Set(before.map(portal => portal.contactId))
  const missing = contacts.filter(contact => !there.has(contact.id))
  await addPortals(trx, missing, now)
  await trx('portals')
    .whereIn('contact_id', listed(trx, ids))
    .where(asleep => void asleep.whereNull('activated_at').orWhereNotNull('removed_at'))
    .update({ activated_at: trx.raw('coalesce(activated_at, ?)', [now]), removed_at: null, updated_at: now })
  const after = await portalsOf(trx, ids)
  const made = after.filter(portal => !there.has(portal.contactId))
  const restored = before.filter(portal => portal.removedAt !== null)
  add(opened.made, made)
  add(opened.restored, restored)
  return new Map(after.map(portal => [portal.contactId, portal.id]))
}

/**
 * One line for those that were made and one for those put back, however many: one portal is named, of many the log has
 * the ids.
 */
export async function recordOpened(trx: Db, actor: Actor, opened: OpenedPortals, now: number): Promise<void> {
  await recordPortals(trx, actor, ['portal.opened', 'portals.opened'], opened.made, now)
  await recordPortals(trx, actor, ['portal.restored', 'portals.restored'], opened.restored, now)
}

/** Marks a portal as active since now; doing it again changes nothing. */
export async function activatePortal(trx: Db, id: number, now: number): Promise<void> {
  await trx('portals').where({ id }).whereNull('activated_at').update({ activated_at: now, updated_at: now })
}

/**
 * Gives the portals of these contacts the names that the contacts have now. Call it wherever a contact gets a new name.
 */
export async function followContactNames(trx: Db, contacts: { id: number; name: string }[]): Promise<void> {
  const names = new Map(contacts.map(contact => [contact.id, contact.name]))
  const rows = (await portalsOf(trx, [...names.keys()])).flatMap(portal => {
    const name = names.get(portal.contactId) ?? portal.name
    return name === portal.name ? [] : [{ id: portal.id, name, name_normalized: normalized(name) }]
  })
  await updateMany(trx, 'portals', ['name', 'name_normalized'], rows)
}

interface ContactPortal {
  id: number
  contactId: number
  name: string
  removedAt: number | null
}

function portalsOf(db: Db, contactIds: number[]): Promise<ContactPortal[]> {
  return db('portals')
    .whereIn('contact_id', listed(db, contactIds))
    .select<ContactPortal[]>('id', 'contact_id as contactId', 'name', 'removed_at as removedAt')
}

function add(sum: OpenedPortals['made'], portals: ContactPortal[]): void {
  for (const { id, name } of portals) {
    sum.ids.push(id)
    sum.name ||= name
  }
}

async function recordPortals(
  trx: Db,
  actor: Actor,
  [one, many]: [one: string, many: string],
  { ids, name }: OpenedPortals['made'],
  now: number,
): Promise<void> {
  const [first] = ids
  if (first === undefined) return
  if (ids.length === 1) return record(trx, actor, one, { type: 'portal', id: first }, { name }, now)
  await record(trx, actor, many, null, { portals: ids.length, ids }, now)
}

async function addPortals(trx: Db, contacts: { id: number; name: string }[], now: number): Promise<void> {
  const ids = await reserveIds(trx, 'portals', contacts.length)
  const rows = contacts.map((contact, index) => ({
    id: ids[index] ?? 0,
    kind: 'contact',
    contact_id: contact.id,
    name: contact.name,
    name_normalized: normalized(contact.name),
    slug: slugFor(contact.name),
    enabled: true,
    activated_at: now,
    created_at: now,
    updated_at: now,
  }))
  await insertMany(trx, 'portals', Object.keys(rows[0] ?? {}), rows)
}

/** An address that tells a person which portal it is, and that nobody comes upon by counting. */
function slugFor(name: string): string {
  const plain = normalized(name)
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  return `${plain}-${randomPiece(6).toString('hex')}`.replace(/-+/g, '-').replace(/^-/, '')
}

const COLUMNS = [
  'portals.id',
  'portals.contact_id as contactId',
  'portals.name',
  'portals.slug',
  'portals.enabled',
  'portals.activated_at as activatedAt',
]

type Row = Omit<AnyPortal, 'enabled'> & { enabled: boolean | number }

function livePortals(db: Db) {
  return db('portals').whereNull('portals.removed_at')
}

function portalFrom(row: Row): AnyPortal {
  return { ...row, enabled: Boolean(row.enabled) }
}
