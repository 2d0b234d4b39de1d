import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import type { AccessLevel } from '../access/levels.ts'
import { PERMISSION_COLUMNS, type Permissions } from '../access/permissions.ts'
import { activatePortal, openContactPortals } from '../portals/contact-portals.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import { onlyFree, sharedPortalIds, type Target } from './plan-groups.ts'
import { giveWay, nameNewer } from './renew.ts'
import { writeInvitations, type NewInvitation } from './write.ts'

/** Mails are long: this many invitations are made at once. */
const AT_ONCE = 2500

/** What somebody who is invited with many others may do. Inviting is left out while the office does not let clients invite. */
export async function bulkPermissions(db: Db): Promise<Permissions> {
  const { clientsCanInvite } = await portalSettings(db)
  return { canInviteOthers: clientsCanInvite, canViewDetails: true, canViewDocuments: true }
}

/**
 * Writes the invitations of the contacts that a batch says are invited, to each portal they can be invited to, and returns
 * how many. Portals of contacts are made where there are none; expired invitations give way, and what they
 * allowed stays so. Null when some of the contacts
 * have access, or an invitation, by now: then the caller gives everything up. The caller audits.
 */
export async function inviteItems(
  trx: Db,
  deps: { config: Config },
  staff: Staff,
  { batchId, target, message }: { batchId: number; target: Target; message: string | null },
  now: number,
): Promise<number | null> {
  const contacts = await openPortals(trx, staff, batchId, target, now)
  const invited = await invitedPairs(trx, batchId, target, now)
  if (new Set(invited.map(pair => pair.contactId)).size < contacts) return null
  const permissions = await bulkPermissions(trx)
  for (let start = 0; start < invited.length; start += AT_ONCE) {
    const some = invited.slice(start, start + AT_ONCE)
    const older = some.flatMap(({ olderId }) => (olderId === null ? [] : [olderId]))
    await giveWay(trx, older, now)
    const ids = await writeInvitations(
      trx,
      deps,
      some.map(pair => invitationOf(pair, { staff, message, permissions })),
      batchId,
      now,
    )
    await nameNewer(
      trx,
      some.flatMap(({ olderId }, index) => (olderId === null ? [] : [{ olderId, newerId: ids[index] ?? 0 }])),
      now,
    )
  }
  return invited.length
}

/** Makes sure of the portals, and returns how many contacts are to be invited. */
async function openPortals(trx: Db, staff: Staff, batchId: number, target: Target, now: number): Promise<number> {
  const contacts = await invitedContacts(trx, batchId).select<{ id: number; name: string }[]>(
    'contacts.id',
    'contacts.name',
  )
  const shared = sharedPortalIds(target)
  if (!shared) await openContactPortals(trx, staff, contacts, now)
  else if (contacts.length > 0) for (const id of shared) await activatePortal(trx, id, now)
  return contacts.length
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

/** Every contact that is to be invited with every portal it can be invited to, by name. */
function invitedPairs(trx: Db, batchId: number, target: Target, now: number): Promise<Pair[]> {
  const shared = sharedPortalIds(target)
  const pairs = invitedContacts(trx, batchId)
    .join('portals', on => void (shared ? on.onIn('portals.id', shared) : on.on('portals.contact_id', 'contacts.id')))
    .leftJoin({ older: 'invitations' }, on => {
      on.on('older.portal_id', 'portals.id').andOn('older.email_normalized', 'contacts.email_normalized')
      on.andOnVal('older.status', 'open')
    })
    .whereNull('portals.removed_at')
  return onlyFree(pairs, trx, now)
    .orderBy([{ column: 'contacts.name_normalized' }, { column: 'contacts.id' }, { column: 'portals.id' }])
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

function invitedContacts(trx: Db, batchId: number) {
  return trx('contacts').whereIn(
    'contacts.id',
    trx('batch_items').where({ batch_id: batchId, outcome: 'invited' }).select('subject_id'),
  )
}

function invitationOf(
  pair: Pair,
  { staff, message, permissions }: { staff: Staff; message: string | null; permissions: Permissions },
): NewInvitation {
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
