import type { Knex } from 'knex'
import type { Config } from '../../config.ts'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import type { AccessLevel } from '../access/levels.ts'
import { PERMISSION_COLUMNS, type Permissions } from '../access/permissions.ts'
import { activatePortal, noPortals, openSomePortals, recordOpened } from '../portals/contact-portals.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import { onlyFree, sharedPortalIds, type Target } from './plan-groups.ts'
import { giveWay, nameNewer } from './renew.ts'
import { writeInvitations, type NewInvitation } from './write.ts'

/** So many invitations are made at once: memory holds these and not all of them, and is left before it is tidied up. */
const AT_ONCE = 500

/**
 * What somebody who is invited with many others may do. Inviting is left out while the office does not let clients
 * invite.
 */
export async function bulkPermissions(db: Db): Promise<Permissions> {
  const { clientsCanInvite } = await portalSettings(db)
  return { canInviteOthers: clientsCanInvite, canViewDetails: true, canViewDocuments: true }
}

/**
 * Writes the invitations of the contacts that a batch says are invited, to each portal they can be invited to, and returns
 * how many. Portals of contacts are made where there are none; expired invitations give way, and what they allowed stays so.
 * Null when some of the contacts have access, or an invitation, by now: then the caller gives everything up. The caller
 * audits.
 */
export async function inviteItems(
  trx: Db,
  deps: { config: Config },
  staff: Staff,
  { batchId, target, message }: { batchId: number; target: Target; message: string | null },
  now: number,
): Promise<number | null> {
  const common = { staff, message, permissions: await bulkPermissions(trx) }
  const shared = sharedPortalIds(target)
  const opened = noPortals()
  let invited = 0
  let some = await invitedContacts(trx, batchId, { after: 0, limit: piece(shared) })
  if (shared && some.length > 0) for (const id of shared) await activatePortal(trx, id, now)
  while (some.length > 0) {
    if (!shared) await openSomePortals(trx, some, opened, now)
    const pairs = await invitedPairs(trx, some, target, now)
    if (new Set(pairs.map(pair => pair.contactId)).size < some.length) return null
    await writePairs(trx, deps, pairs, { ...common, batchId }, now)
    invited += pairs.length
    some = await invitedContacts(trx, batchId, { after: some.at(-1)?.id ?? 0, limit: piece(shared) })
  }
  await recordOpened(trx, staff, opened, now)
  return invited
}

/** How many contacts are invited at once. */
function piece(shared: number[] | null): number {
  return Math.max(1, Math.floor(AT_ONCE / (shared?.length || 1)))
}

interface Common {
  staff: Staff
  message: string | null
  permissions: Permissions
}

async function writePairs(
  trx: Db,
  deps: { config: Config },
  pairs: Pair[],
  { batchId, ...common }: Common & { batchId: number },
  now: number,
): Promise<void> {
  const older = pairs.flatMap(({ olderId }) => (olderId === null ? [] : [olderId]))
  await giveWay(trx, older, now)
  const invitations = pairs.map(pair => invitationOf(pair, common))
  const ids = await writeInvitations(trx, deps, invitations, batchId, now)
  const newer = pairs.map(({ olderId }, index) => ({ olderId, newerId: ids[index] ?? 0 }))
  await nameNewer(trx, newer.filter(replaces), now)
}

function replaces(pair: { olderId: number | null; newerId: number }): pair is { olderId: number; newerId: number } {
  return pair.olderId !== null
}

interface Pair {
  contactId: number
  name: string
  email: string
  portalId: number
  portalName: string
  enabled: boolean | number
  /** An expired invitation of the same address to the same portal, and what it allowed. */
  olderId: number | null
  level: AccessLevel | null
  canInviteOthers: boolean | number | null
  canViewDetails: boolean | number | null
  canViewDocuments: boolean | number | null
}

/** Each of these contacts with every portal it can be invited to. */
function invitedPairs(trx: Db, contacts: { id: number }[], target: Target, now: number): Promise<Pair[]> {
  const shared = sharedPortalIds(target)
  const ids = contacts.map(contact => contact.id)
  const ofContact = trx.ref('contacts.id')
  const pairs = trx('contacts')
    .whereIn('contacts.id', listed(trx, ids))
    .joinRaw('cross join portals') // in this order: SQLite believes that portals are as few as when it last counted them
    .where(own => void (shared ? own.whereIn('portals.id', shared) : own.where('portals.contact_id', ofContact)))
    .leftJoin({ older: 'invitations' }, 'older.id', trx.raw('?', [openInvitation(trx)]))
    .whereNull('portals.removed_at')
  return onlyFree(pairs, trx, now)
    .orderBy([{ column: 'contacts.id' }, { column: 'portals.id' }])
    .select<Pair[]>(
      'contacts.id as contactId',
      'contacts.name',
      'contacts.email',
      'portals.id as portalId',
      'portals.name as portalName',
      'portals.enabled',
      'older.id as olderId',
      'older.access_level as level',
      ...PERMISSION_COLUMNS.map(([name, column]) => `older.${column} as ${name}`),
    )
}

/** In a query over contacts and portals: the open invitation of the one to the other, as a value (see `onlyFree`). */
function openInvitation(db: Db): Knex.QueryBuilder {
  return db('invitations')
    .whereRaw('invitations.portal_id = portals.id and invitations.email_normalized = contacts.email_normalized')
    .where('invitations.status', 'open')
    .select('invitations.id')
}

/** The next of the contacts that a batch says are invited, by id. */
function invitedContacts(
  trx: Db,
  batchId: number,
  { after, limit }: { after: number; limit: number },
): Promise<{ id: number; name: string }[]> {
  const next = trx('batch_items')
    .where({ batch_id: batchId, outcome: 'invited' })
    .where('subject_id', '>', after)
    .orderBy('subject_id')
    .limit(limit)
    .select('subject_id')
  return trx('contacts')
    .whereIn('contacts.id', next)
    .orderBy('contacts.id')
    .select<{ id: number; name: string }[]>('contacts.id', 'contacts.name')
}

function invitationOf(pair: Pair, { staff, message, permissions }: Common): NewInvitation {
  const { contactId, name, email, portalId, portalName, enabled, level } = pair
  const portal = { id: portalId, name: portalName, enabled: Boolean(enabled) }
  const allowed = level === null ? permissions : allowedBefore(pair, permissions)
  return { portal, contactId, inviter: staff, name, email, message, level: level ?? 'standard', permissions: allowed }
}

/** What the expired invitation allowed stays so, but for inviting while the office does not let clients invite. */
function allowedBefore(older: Pair, { canInviteOthers }: Permissions): Permissions {
  return {
    canInviteOthers: Boolean(older.canInviteOthers) && canInviteOthers,
    canViewDetails: Boolean(older.canViewDetails),
    canViewDocuments: Boolean(older.canViewDocuments),
  }
}
