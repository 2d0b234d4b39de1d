import type { Knex } from 'knex'
import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { AccessLevel } from '../access/levels.ts'
import type { Permissions } from '../access/permissions.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { contact } from '../contacts/queries.ts'
import { setDenials, type Denials } from '../documents/denials.ts'
import { emailKey } from '../email-address.ts'
import { loginOfAddress } from '../portal-users/register.ts'
import { openContactPortals, portalById, portalOfContact, type AnyPortal } from '../portals/contact-portals.ts'
import { allOrNothing, ok, refused, unlessTaken, type Result } from '../result.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import { giveWay, nameNewer } from './renew.ts'
import { INVITATION_COLUMNS, invitationFrom, invitationRows } from './rows.ts'
import type { Invitation, InvitationRow } from './rows.ts'
import { writeInvitations } from './write.ts'

/** What the form says of the person who is invited. The address is one plain email address. */
export interface GivenInvitation {
  name: string
  email: string
  message: string | null
  level: AccessLevel
  permissions: Permissions
}

/** `denials`: what they will not see of the portal; nothing when it is left out. */
export interface StaffInvitation extends GivenInvitation {
  denials?: Denials
}

export interface Invited {
  id: number
  portalId: number
  /** Whether the mail waits, as the portal is not enabled. */
  held: boolean
}

/**
 * Why somebody is not invited: they have this portal already, their login is disabled, or an invitation is on its way
 * (`invitation` is that one).
 */
export type InviteRefusal =
  | { kind: 'has-access' | 'disabled'; portalUserId: number; name: string }
  | { kind: 'invited-already'; invitation: Invitation }

/**
 * Invites somebody to the portal of a contact, which is made with the first invitation and active from then on. The contact
 * is not changed. An earlier invitation of the same address that has expired gives way to this one. Refused with
 * 'denied-gone' when something that is to be denied is not in the portal any more.
 */
export function inviteToContactPortal(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  contactId: number,
  given: StaffInvitation,
  now: number,
): Promise<Result<Invited, 'not-found' | 'denied-gone' | InviteRefusal>> {
  const portalId = async (): Promise<number> => (await portalOfContact(db, contactId))?.id ?? 0
  return onceAnAddress(db, { portalId, email: given.email }, now, trx =>
    inviteInside(trx, deps, staff, contactId, given, now),
  )
}

async function inviteInside(
  trx: Db,
  deps: { config: Config },
  staff: Staff,
  contactId: number,
  given: StaffInvitation,
  now: number,
): Promise<Result<Invited, 'not-found' | 'denied-gone' | InviteRefusal>> {
  const found = await contact(trx, contactId)
  if (!found || found.archivedAt !== null) return refused('not-found')
  const portalId = (await openContactPortals(trx, staff, [found], now)).get(contactId)
  const portal = await portalById(trx, portalId ?? 0)
  if (!portal) throw new Error('A portal was opened and is not there')
  const invited = await inviteTo(trx, deps, staff, { portal, contactId }, given, now)
  if (!invited.ok || !given.denials) return invited
  const denied = await setDenials(trx, { invitationId: invited.value.id }, given.denials, staff, now)
  return denied.ok ? invited : refused('denied-gone')
}

/**
 * Invites one person to one portal. Inviting others is left out while the office does not let clients invite. The caller has
 * checked that the inviter may do this.
 */
export async function inviteTo(
  trx: Db,
  deps: { config: Config },
  inviter: Staff | PortalUser,
  { portal, contactId }: { portal: AnyPortal; contactId: number | null },
  given: GivenInvitation,
  now: number,
): Promise<Result<Invited, InviteRefusal>> {
  const refusal = await whyNot(trx, portal.id, given.email, now)
  if (refusal) return refused(refusal)
  const older = await openInvitationTo(trx, portal.id, given.email, now)
  const canInviteOthers = given.permissions.canInviteOthers && (await portalSettings(trx)).clientsCanInvite
  const permissions = { ...given.permissions, canInviteOthers }
  await giveWay(trx, older ? [older.id] : [], now)
  const invitation = { ...given, portal, contactId, inviter, permissions }
  const [id = 0] = await writeInvitations(trx, deps, [invitation], null, now)
  if (older) await nameNewer(trx, [{ olderId: older.id, newerId: id }], now)
  await record(
    trx,
    inviter,
    'invitation.written',
    { type: 'invitation', id },
    { portalId: portal.id, email: given.email, permissions, level: given.level },
    now,
  )
  return ok({ id, portalId: portal.id, held: !portal.enabled })
}

/** Why this address cannot be invited to this portal, or null. An invitation that has expired is no hindrance. */
async function whyNot(trx: Db, portalId: number, email: string, now: number): Promise<InviteRefusal | null> {
  const login = await loginOfAddress(trx, email)
  if (login?.standing === 'disabled') return { kind: 'disabled', portalUserId: login.id, name: login.name }
  if (login && (await hasAccess(trx, portalId, login.id)))
    return { kind: 'has-access', portalUserId: login.id, name: login.name }
  const open = await openInvitationTo(trx, portalId, email, now)
  return open?.state === 'pending' ? { kind: 'invited-already', invitation: open } : null
}

/** The invitation of this address that can be, or could have been, accepted. */
async function openInvitationTo(db: Db, portalId: number, email: string, now: number): Promise<Invitation | null> {
  const row = await invitationRows(db)
    .where({ portal_id: portalId, email_normalized: emailKey(email), 'invitations.status': 'open' })
    .first<InvitationRow | undefined>(INVITATION_COLUMNS)
  return row ? invitationFrom(row, now) : null
}

async function hasAccess(db: Db, portalId: number, portalUserId: number): Promise<boolean> {
  const row: unknown = await db('portal_access')
    .where({ portal_id: portalId, portal_user_id: portalUserId })
    .whereNull('revoked_at')
    .first('id')
  return row !== undefined
}

/** Two invitations of one address at the same moment: the second one finds the first. */
export async function onceAnAddress<E>(
  db: Db,
  { portalId, email }: { portalId: () => Promise<number>; email: string },
  now: number,
  write: (trx: Knex.Transaction) => Promise<Result<Invited, E>>,
): Promise<Result<Invited, E | InviteRefusal>> {
  const written = await unlessTaken('taken' as const, () => allOrNothing(db, write))
  if (written.ok || written.error !== 'taken') return written as Result<Invited, E>
  const refusal = await whyNot(db, await portalId(), email, now)
  if (!refusal) throw new Error('An invitation was in the way and is gone')
  return refused(refusal)
}
