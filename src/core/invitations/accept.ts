import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { failpoint } from '../../failpoints.ts'
import { giveInvitedAccess } from '../access/invited.ts'
import type { PortalUser } from '../actors.ts'
import { record } from '../audit/record.ts'
import { copyDenials } from '../documents/denials.ts'
import { emailKey } from '../email-address.ts'
import { notify, notifyOffice } from '../notifications/bell.ts'
import { acceptedNotice } from '../notifications/notices.ts'
import { PASSWORD_LENGTH, weaknessOf, type PasswordWeakness } from '../passwords.ts'
import type { PasswordDeps } from '../portal-users/own-password.ts'
import { portalsOf, type OwnPortal } from '../portal-users/own-portals.ts'
import { holdPortalUser, type LoginOfAddress } from '../portal-users/register.ts'
import { allOrNothing, ok, refused, unlessTaken, type Result } from '../result.ts'
import { loginFor, loginWith, type Registered } from './accept-login.ts'
import { inviterAccess, within } from './ceiling.ts'
import { checkCode } from './codes.ts'
import { openInvitation, type LinkRefusal, type OpenInvitation } from './link.ts'
import { INVITATION_MS, invitationById } from './rows.ts'

/** What somebody types to register. `code` is '' unless they were asked for one. */
export interface Registration {
  token: unknown
  name: string
  email: string
  password: string
  code: string
  ip: string | null
}

/**
 * Why a registration is not done; the invitation stays as it was. 'only-invited': the office wants the invited address.
 * 'address-taken': somebody signs in with it, who accepts by signing in. 'code-sent': a code to show that the address
 * is theirs is on its way to it, as it is another one than the invited, or its login opens more than this portal.
 */
export type RegistrationRefusal =
  | LinkRefusal
  | PasswordWeakness
  | 'only-invited'
  | 'address-taken'
  | 'disabled'
  | 'code-sent'
  | 'code-wrong'
  | 'too-many-codes'

/**
 * Makes the login, gives the access and spends the invitation, all or nothing and once, however many try at once. Nobody is
 * signed in by it. The invited address may be replaced by another one, whose owner then shows it with a code; a login that
 * this owner has already gets the access, and keeps its password.
 */
export async function register(
  db: Db,
  deps: PasswordDeps,
  given: Registration,
  now: number,
): Promise<Result<Registered, RegistrationRefusal>> {
  const opened = await openInvitation(db, given.token, now)
  if (!opened.ok) return opened
  const invitation = opened.value
  const login = loginFor(invitation, given)
  if (!login.ok) return unlessOver(db, given.token, login.error, now)
  const personal = [given.name, given.email, deps.config.officeName, 'portico']
  const weakness = await weaknessOf(given.password, PASSWORD_LENGTH.portal, personal)
  if (weakness) return refused(weakness)
  const unproven = await codeRefusal(db, deps, { invitation, login: login.value }, given, now)
  if (unproven) return refused(unproven)
  const passwordHash = await deps.passwords.hash(given.password)
  const done = await unlessTaken('address-taken' as const, () =>
    allOrNothing<Registered, 'spent' | 'address-taken'>(db, async trx => {
      await lockContact(trx, invitation)
      const spent = await spend(trx, invitation, given.email, now)
      if (!spent) return refused('spent')
      const chosen = await loginWith(trx, spent, login.value, { ...given, passwordHash }, now)
      if (chosen === null) return refused('address-taken')
      await giveAndTell(trx, spent, { ...chosen, email: given.email, ip: given.ip }, now)
      failpoint('registration.written')
      return ok(chosen)
    }),
  )
  failpoint('registration.committed')
  return done.ok ? done : unlessOver(db, given.token, 'address-taken', now)
}

/**
 * Accepts as somebody who is signed in: gives the access and spends the invitation, once. Refused with 'other-address' when
 * the invitation was written to somebody else's.
 */
export async function acceptSignedIn(
  db: Db,
  user: PortalUser,
  token: unknown,
  now: number,
): Promise<Result<OpenInvitation, LinkRefusal | 'other-address'>> {
  const opened = await openInvitation(db, token, now)
  if (!opened.ok) return opened
  const invitation = opened.value
  if (invitation.login?.id !== user.id) return refused('other-address')
  const done = await allOrNothing<OpenInvitation, 'spent'>(db, async trx => {
    await lockContact(trx, invitation)
    const spent = await spend(trx, invitation, user.email ?? invitation.email, now)
    if (!spent || !(await holdPortalUser(trx, user.id))) return refused('spent')
    await giveAndTell(trx, spent, { ...user, email: user.email ?? invitation.email }, now)
    return ok(spent)
  })
  if (done.ok) return done
  const state = await openInvitation(db, token, now)
  return state.ok ? refused({ kind: 'unknown', at: null, invitation: null }) : state
}

/** When somebody has just used the link, that is what there is to say, and not that their new login is in the way. */
async function unlessOver<E>(db: Db, token: unknown, refusal: E, now: number): Promise<Result<never, E | LinkRefusal>> {
  const state = await openInvitation(db, token, now)
  return refused(state.ok ? refusal : state.error)
}

/**
 * Asks for a code where the link alone does not show enough: for another address than the invited one, and for a login that
 * opens something already, which somebody whom the link was passed on to must not get.
 */
async function codeRefusal(
  db: Db,
  deps: { config: Config },
  { invitation, login }: { invitation: OpenInvitation; login: LoginOfAddress | null },
  { name, email, code }: Registration,
  now: number,
): Promise<'code-sent' | 'code-wrong' | 'too-many-codes' | null> {
  const isInvited = emailKey(email) === emailKey(invitation.email)
  if (isInvited && (login === null || (await portalsOf(db, login, now)).length === 0)) return null
  const who = { invitationId: invitation.id, name, email }
  const answer = await db.transaction(trx => checkCode(trx, deps, who, code, now))
  if (answer === 'right') return null
  return answer === 'sent' ? 'code-sent' : answer === 'wrong' ? 'code-wrong' : 'too-many-codes'
}

/** First the contact, as whoever removes its portal does: two who take the same locks in two orders never get on. */
async function lockContact(trx: Db, { contactId }: OpenInvitation): Promise<void> {
  if (contactId !== null) await trx('contacts').where({ id: contactId }).forShare().first('id')
}

/** What somebody gets who accepts; `inviter` is what the customer who invited has themselves, null for the office. */
interface Spent extends OpenInvitation {
  inviter: OwnPortal | null
}

/**
 * Uses the invitation up if nobody has and it is still good; null when it is not, and then the caller gives everything up.
 * What it gives is read again: the office may have changed that since the page was opened, and cannot any more. A customer
 * hands on no more than they have at this moment.
 */
async function spend(trx: Db, invitation: OpenInvitation, email: string, now: number): Promise<Spent | null> {
  const spent = await trx('invitations')
    .where({ id: invitation.id, status: 'open' })
    .whereNotExists(
      trx('emails')
        .where('invitation_id', invitation.id)
        .where('sent_at', '<=', now - INVITATION_MS)
        .select('id'),
    )
    .update({ status: 'accepted', accepted_at: now, registered_email: email, version: trx.raw('version + 1') })
  const found = spent === 1 ? await invitationById(trx, invitation.id, now) : null
  if (!found) return null
  if (found.inviterPortalUserId === null) return { ...invitation, ...found, inviter: null }
  const inviter = await inviterAccess(trx, found, now)
  return inviter && { ...invitation, ...found, ...within(found, inviter), inviter }
}

async function giveAndTell(
  trx: Db,
  invitation: Spent,
  user: { id: number; name: string; email: string; ip: string | null },
  now: number,
): Promise<void> {
  await trx('invitations').where({ id: invitation.id }).update({ accepted_by_portal_user_id: user.id })
  const { inviter, level, canInviteOthers, canViewDetails, canViewDocuments } = invitation
  const access = {
    portalId: invitation.portalId,
    portalUserId: user.id,
    invitationId: invitation.id,
    level,
    canInviteOthers,
    canViewDetails,
    canViewDocuments,
    staffId: invitation.inviterStaffId,
    inviterPortalUserId: invitation.inviterPortalUserId,
  }
  const accessId = await giveInvitedAccess(trx, access, now)
  if (accessId !== null) {
    // What is denied to the inviter goes along, too.
    const from = [{ invitationId: invitation.id }, ...(inviter ? [{ accessId: inviter.accessId }] : [])]
    await copyDenials(
      trx,
      from.map(holder => ({ from: holder, to: { accessId } })),
      now,
    )
  }
  const who = { kind: 'portal_user' as const, id: user.id, ip: user.ip }
  const data = { portalId: invitation.portalId, invited: invitation.email, registered: user.email, accessId }
  await record(trx, who, 'invitation.accepted', { type: 'invitation', id: invitation.id }, data, now)
  const notice = acceptedNotice({ ...invitation, who: user.name, registeredEmail: user.email })
  if (invitation.inviterStaffId === null) await notifyOffice(trx, notice, now)
  else await notify(trx, [invitation.inviterStaffId], notice, now)
}
