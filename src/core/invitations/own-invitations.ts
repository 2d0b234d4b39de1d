import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { ACCESS_LEVELS, type AccessLevel } from '../access/levels.ts'
import { samePermissions, type Permissions } from '../access/permissions.ts'
import type { PortalUser } from '../actors.ts'
import { record } from '../audit/record.ts'
import { copyDenials } from '../documents/denials.ts'
import type { OwnPortal } from '../portal-users/own-portals.ts'
import { portalById } from '../portals/contact-portals.ts'
import { ok, refused, type Result } from '../result.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import { within } from './ceiling.ts'
import { cancelOpen } from './withdraw.ts'
import { inviteTo, onceAnAddress, type GivenInvitation, type Invited, type InviteRefusal } from './invite.ts'
import { isTooSoon } from './often.ts'
import { renewInvitations } from './renew.ts'
import { INVITATION_LENGTHS, invitationById, type Invitation } from './rows.ts'
import { openInvitationsOf, subscribersOf } from './subscribers.ts'

export const OWN_INVITATION_LENGTHS = INVITATION_LENGTHS

const MOST_SHOWN = 200

/** Somebody who can open the portal too, or was invited to. */
export interface Colleague {
  name: string
  email: string | null
  state: 'active' | 'pending' | 'expired'
  lastSignIn: number | null
  /** The invitation to cancel or send again: only of those the person asking has written. */
  ownInvitationId: number | null
}

/**
 * Whether people have a say in this portal at all: those of one contact do, the many of a shared one stay unknown to
 * each other.
 */
export function knowsPeople(portal: OwnPortal): boolean {
  return portal.contactId !== null && portal.canInviteOthers
}

/** Whether this person may invite others to this portal now: by their own permission, and by the office's setting. */
export async function mayInvite(db: Db, portal: OwnPortal): Promise<boolean> {
  return knowsPeople(portal) && (await portalSettings(db)).clientsCanInvite
}

/**
 * Who can see this portal, and who was invited to; nobody for somebody who may not know. Disabled logins are left out.
 */
export async function colleaguesOf(db: Db, user: PortalUser, portal: OwnPortal, now: number): Promise<Colleague[]> {
  if (!knowsPeople(portal)) return []
  const people = await subscribersOf(db, portal.id, MOST_SHOWN)
  const invited = await openInvitationsOf(db, portal.id, MOST_SHOWN, now)
  return [
    ...people
      .filter(person => !person.disabled)
      .map(({ name, email, lastSignIn }) => ({
        name,
        email,
        lastSignIn,
        state: 'active' as const,
        ownInvitationId: null,
      })),
    ...invited.map(({ id, name, email, state, inviterPortalUserId }) => ({
      name,
      email,
      lastSignIn: null,
      state: state === 'expired' ? ('expired' as const) : ('pending' as const),
      ownInvitationId: inviterPortalUserId === user.id ? id : null,
    })),
  ]
}

/** The permissions and levels this person may hand on: no more than their own. */
export function ceilingOf(portal: OwnPortal): { permissions: Permissions; levels: AccessLevel[] } {
  const { canInviteOthers, canViewDetails, canViewDocuments, level } = portal
  return {
    permissions: { canInviteOthers, canViewDetails, canViewDocuments },
    levels: ACCESS_LEVELS.slice(ACCESS_LEVELS.indexOf(level)).toReversed(),
  }
}

/** 'not-possible': they can open the portal already, or only the office can give it to them. */
export type OwnInviteRefusal = 'not-allowed' | 'too-much' | 'too-soon' | 'invited-already' | 'not-possible'

/**
 * Invites a colleague to a portal the person has. Refused with 'not-allowed' without the permission, or while clients may not
 * invite, with 'too-much' for more than the person may do there, and with 'too-soon' when the address was written to as often as
 * may be. What is denied to the inviter is denied to them too.
 */
export async function inviteColleague(
  db: Db,
  deps: { config: Config },
  user: PortalUser,
  portal: OwnPortal,
  given: GivenInvitation,
  now: number,
): Promise<Result<Invited, OwnInviteRefusal>> {
  if (!(await mayInvite(db, portal))) return refused('not-allowed')
  if (isBeyond(given, portal)) return refused('too-much')
  const place = { portalId: () => Promise.resolve(portal.id), email: given.email }
  const done = await onceAnAddress<InviteRefusal | 'not-allowed' | 'too-soon'>(db, place, now, async trx => {
    const found = await portalById(trx, portal.id)
    if (!found) return refused('not-allowed')
    const waits = await isTooSoon(trx, portal.id, given.email, now)
    const invited = await inviteTo(trx, deps, user, { portal: found, contactId: portal.contactId }, given, now)
    if (!invited.ok) return invited
    if (waits) return refused('too-soon')
    const denied = { from: { accessId: portal.accessId }, to: { invitationId: invited.value.id } }
    await copyDenials(trx, [denied], now)
    return invited
  })
  return done.ok ? done : refused(forCustomers(done.error))
}

/** A customer is not told who has a login, nor that the office has disabled one: both are one refusal. */
function forCustomers(refusal: InviteRefusal | 'not-allowed' | 'too-soon'): OwnInviteRefusal {
  if (typeof refusal === 'string') return refusal
  return refusal.kind === 'invited-already' ? 'invited-already' : 'not-possible'
}

/** Cancels an invitation of one's own. Refused when there is no such open one. */
export function cancelOwnInvitation(
  db: Db,
  user: PortalUser,
  portal: OwnPortal,
  id: number,
  now: number,
): Promise<Result<Invitation, 'not-found'>> {
  return db.transaction(async trx => {
    const own = await ownInvitation(trx, user, portal, id, now)
    if (!own || (await cancelOpen(trx, [id], now)) === 0) return refused('not-found')
    await record(trx, user, 'invitation.cancelled', { type: 'invitation', id }, { email: own.email }, now)
    return ok(own)
  })
}

/** Sends an invitation of one's own again, with a new link. Refused as cancelling it, and as inviting. */
export async function resendOwnInvitation(
  db: Db,
  deps: { config: Config },
  user: PortalUser,
  portal: OwnPortal,
  id: number,
  now: number,
): Promise<Result<Invitation, 'not-found' | 'not-allowed' | 'too-soon'>> {
  if (!(await mayInvite(db, portal))) return refused('not-allowed')
  return db.transaction(async trx => {
    await trx('invitations').where({ id }).forUpdate().first('id')
    const invitation = await ownInvitation(trx, user, portal, id, now)
    if (!invitation) return refused('not-found')
    if (await isTooSoon(trx, portal.id, invitation.email, now)) return refused('too-soon')
    const [newer = 0] = await renewInvitations(trx, deps, [{ invitation, portal, inviter: user }], null, now)
    const data = { olderId: id, email: invitation.email }
    await record(trx, user, 'invitation.resent', { type: 'invitation', id: newer }, data, now)
    return ok(invitation)
  })
}

async function ownInvitation(db: Db, user: PortalUser, portal: OwnPortal, id: number, now: number) {
  const found = await invitationById(db, id, now)
  const isOwn = found?.inviterPortalUserId === user.id && found.portalId === portal.id
  return isOwn && (found.state === 'pending' || found.state === 'expired') ? found : null
}

function isBeyond({ permissions, level }: GivenInvitation, portal: OwnPortal): boolean {
  const most = within({ ...permissions, level }, portal)
  return level !== most.level || !samePermissions(permissions, most)
}
