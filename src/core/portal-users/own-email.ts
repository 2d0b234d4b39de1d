import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'
import { record } from '../audit/record.ts'
import { emailKey } from '../email-address.ts'
import { putInOutbox } from '../mail/outbox.ts'
import { emailChangedMessage } from '../mail/portal-user-messages.ts'
import { cancelSignInDetails } from '../mail/sign-in-details.ts'
import { allOrNothing, ok, refused, unlessTaken, type Result } from '../result.ts'
import { looksLikeToken, tokenHash } from '../secrets.ts'
import { endSessionsOf } from '../sessions/rows.ts'
import { officeNow } from '../settings/office.ts'
import {
  askForEmailChange,
  endEmailChangesOf,
  pendingEmailOf,
  usernameWith,
  type PendingEmail,
} from './email-changes.ts'
import { revokeLinksOf } from './links.ts'
import { takenName } from './owners.ts'
import type { PasswordDeps } from './own-password.ts'
import { renamePortalUsers } from './records.ts'
import { portalUserById, portalUserWithPassword } from './sign-in.ts'

/** The new address of one's own that waits to be confirmed in time, or null. */
export async function ownPendingEmail(db: Db, user: PortalUser, now: number): Promise<PendingEmail | null> {
  const pending = await pendingEmailOf(db, user.id)
  return pending && pending.expiresAt > now ? pending : null
}

/**
 * Asks for another sign-in address for somebody who proves that they know their password: a link goes to the new address,
 * and nothing changes until it is confirmed. Refused for the address there is, and for one somebody else signs in with.
 * 'gone' when the sessions of this person were ended meanwhile.
 */
export async function askForOwnEmail(
  db: Db,
  deps: PasswordDeps,
  user: PortalUser,
  given: { current: string; email: string },
  now: number,
): Promise<Result<null, 'wrong-password' | 'same' | 'taken' | 'gone'>> {
  if (!(await knowsPassword(db, deps, user, given.current, now))) return refused('wrong-password')
  if (user.email !== null && emailKey(given.email) === emailKey(user.email)) return refused('same')
  return db.transaction(async trx => {
    const locked = await liveRow(trx, user).update({ updated_at: now })
    if (locked === 0) return refused('gone')
    if (await takenName(trx, { username: given.email, email: given.email }, user.id)) return refused('taken')
    await askForEmailChange(trx, deps, user, given.email, now)
    const about = { email: given.email }
    await record(trx, user, 'portal-user.email-change-asked', { type: 'portal_user', id: user.id }, about, now)
    return ok(null)
  })
}

/** Gives up the new address that waits, if one does: its link stops working. Safe to do twice. */
export async function cancelOwnEmail(db: Db, user: PortalUser, now: number): Promise<void> {
  await db.transaction(async trx => {
    await liveRow(trx, user).update({ updated_at: now })
    const pending = await pendingEmailOf(trx, user.id)
    if (!pending) return
    await endEmailChangesOf(trx, [user.id], 'cancelled', now)
    const about = { email: pending.email }
    await record(trx, user, 'portal-user.email-change-cancelled', { type: 'portal_user', id: user.id }, about, now)
  })
}

export type EmailLinkRefusal = 'unknown' | 'used' | 'superseded' | 'cancelled' | 'expired'

export interface EmailLink {
  id: number
  email: string
  user: PortalUser
}

/** The change a link from a mail is for, as long as it can be confirmed. Looking changes nothing. */
export async function emailLinkOf(db: Db, token: unknown, now: number): Promise<Result<EmailLink, EmailLinkRefusal>> {
  if (!looksLikeToken(token)) return refused('unknown')
  const row = await db('email_changes')
    .where({ token_hash: tokenHash(token) })
    .first<LinkRow | undefined>('id', 'portal_user_id', 'email', 'expires_at', 'outcome')
  if (!row) return refused('unknown')
  if (row.outcome !== null) return refused(row.outcome === 'confirmed' ? 'used' : row.outcome)
  const user = row.expires_at > now ? await portalUserById(db, row.portal_user_id) : null
  return user ? ok({ id: row.id, email: row.email, user }) : refused('expired')
}

/**
 * Makes the address of the link the sign-in address, once, for somebody who knows the password of the login; a username that
 * was the old address follows. Every session and every link to choose a password ends, and the old address is told. The
 * answer is the username from now on. A wrong password, and an address that somebody else took meanwhile, change nothing.
 */
export async function confirmEmail(
  db: Db,
  deps: PasswordDeps,
  given: { token: unknown; password: string; ip: string | null },
  now: number,
): Promise<Result<string, EmailLinkRefusal | 'wrong-password' | 'taken'>> {
  const link = await emailLinkOf(db, given.token, now)
  if (!link.ok) return link
  const user = { ...link.value.user, ip: given.ip }
  if (!(await knowsPassword(db, deps, user, given.password, now))) return refused('wrong-password')
  const confirmed = await unlessTaken('taken' as const, () =>
    allOrNothing(db, trx => takeOver(trx, deps, { ...link.value, user }, now)),
  )
  if (confirmed.ok) return confirmed
  if (confirmed.error === 'taken') return refused('taken')
  const state = await emailLinkOf(db, given.token, now)
  return refused(state.ok ? 'wrong-password' : state.error)
}

interface LinkRow {
  id: number
  portal_user_id: number
  email: string
  expires_at: number
  outcome: 'confirmed' | 'superseded' | 'cancelled' | null
}

async function takeOver(
  trx: Db,
  deps: PasswordDeps,
  { id: changeId, user, email }: EmailLink,
  now: number,
): Promise<Result<string, 'gone'>> {
  const moved = { session_version: user.sessionVersion + 1, version: trx.raw('version + 1'), updated_at: now }
  if ((await liveRow(trx, user).update(moved)) === 0) return refused('gone')
  const spent = await trx('email_changes')
    .where({ id: changeId, outcome: null })
    .where('expires_at', '>', now)
    .update({ outcome: 'confirmed', ended_at: now })
  const current = await portalUserById(trx, user.id)
  if (spent === 0 || !current) return refused('gone')
  const username = usernameWith(current, email)
  await renamePortalUsers(trx, [{ id: user.id, name: current.name, username, email }], now)
  await endSessionsOf(trx, 'portal', [user.id])
  await revokeLinksOf(trx, [user.id], now)
  await cancelSignInDetails(trx, [user.id], now)
  await tellOldAddress(trx, deps, current, email, now)
  await record(trx, user, 'portal-user.email-changed', { type: 'portal_user', id: user.id }, { email }, now)
  return ok(username)
}

async function tellOldAddress(
  trx: Db,
  { config }: PasswordDeps,
  { id, name, email }: PortalUser,
  newEmail: string,
  now: number,
): Promise<void> {
  if (email === null) return
  const message = emailChangedMessage({ ...(await officeNow(trx, config)), name, newEmail, changedAt: now })
  await putInOutbox(trx, { config }, [{ to: { name, email }, message, portalUserId: id }], now)
}

/** The row of somebody who may sign in and whose sessions were not ended since; writing to it makes others wait. */
function liveRow(trx: Db, { id, sessionVersion }: PortalUser) {
  return trx('portal_users').where({ id, session_version: sessionVersion, status: 'active' }).whereNull('deleted_at')
}

async function knowsPassword(
  db: Db,
  { passwords }: PasswordDeps,
  { id, username, ip }: PortalUser,
  password: string,
  now: number,
): Promise<boolean> {
  const owner = await portalUserWithPassword(db, passwords, { name: username, password, ip }, now)
  return owner?.id === id
}
