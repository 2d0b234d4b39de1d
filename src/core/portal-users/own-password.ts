import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'
import { record } from '../audit/record.ts'
import { passwordChangedMessage } from '../mail/messages.ts'
import { putInOutbox } from '../mail/outbox.ts'
import { PASSWORD_LENGTH, weaknessOf, type Passwords, type PasswordWeakness } from '../passwords.ts'
import { refused, ok, type Result } from '../result.ts'
import { endSessionsOf } from '../sessions/rows.ts'
import { officeNow } from '../settings/office.ts'

export interface PasswordDeps {
  passwords: Passwords
  config: Config
}

/**
 * Replaces the temporary password by one of the person's own and ends every session, the one it was asked from included:
 * sign that one in again. 'gone' when the password was changed from elsewhere meanwhile.
 */
export async function chooseOwnPassword(
  db: Db,
  deps: PasswordDeps,
  user: PortalUser,
  password: string,
  now: number,
): Promise<Result<PortalUser, 'gone' | PasswordWeakness>> {
  const weakness = await weaknessFor(db, deps, user, password)
  if (weakness) return refused(weakness)
  const hash = await deps.passwords.hash(password)
  return db.transaction(async trx => {
    if (!(await setOwnPassword(trx, user, hash, now))) return refused('gone')
    await record(trx, user, 'portal-user.password-changed', { type: 'portal_user', id: user.id }, {}, now)
    return ok({ ...user, mustChangePassword: false, sessionVersion: user.sessionVersion + 1 })
  })
}

/** As `chooseOwnPassword`, for somebody who proves that they know the password they have; tells them by mail. */
export async function changeOwnPassword(
  db: Db,
  deps: PasswordDeps,
  user: PortalUser,
  change: { current: string; next: string },
  now: number,
): Promise<Result<PortalUser, 'wrong-password' | 'gone' | PasswordWeakness>> {
  if (!(await knowsOwnPassword(db, deps.passwords, user, change.current))) return refused('wrong-password')
  const weakness = await weaknessFor(db, deps, user, change.next)
  if (weakness) return refused(weakness)
  const hash = await deps.passwords.hash(change.next)
  return db.transaction(async trx => {
    if (!(await setOwnPassword(trx, user, hash, now))) return refused('gone')
    await record(trx, user, 'portal-user.password-changed', { type: 'portal_user', id: user.id }, {}, now)
    await tellOfChange(trx, deps, user, now)
    return ok({ ...user, mustChangePassword: false, sessionVersion: user.sessionVersion + 1 })
  })
}

/** Why this person may not have this password, or null. */
export async function weaknessFor(
  db: Db,
  { passwords, config }: PasswordDeps,
  user: PortalUser,
  password: string,
): Promise<PasswordWeakness | null> {
  const personal = [user.name, user.username, user.email, config.officeName, 'portico']
  const weakness = await weaknessOf(password, PASSWORD_LENGTH.portal, personal)
  if (weakness) return weakness
  return (await knowsOwnPassword(db, passwords, user, password)) ? 'same-as-before' : null
}

/**
 * Writes the new password, ends every session and every reset link that is still open. False, and nothing is changed, when
 * this person may no longer sign in, or when their sessions were ended since the version that is given.
 */
export async function setOwnPassword(
  trx: Db,
  user: { id: number; sessionVersion?: number },
  passwordHash: string,
  now: number,
): Promise<boolean> {
  const changed = await trx('portal_users')
    .where({ id: user.id, status: 'active' })
    .where(user.sessionVersion === undefined ? {} : { session_version: user.sessionVersion })
    .whereNull('deleted_at')
    .update({
      password_hash: passwordHash,
      must_change_password: false,
      temporary_password_expires_at: null,
      session_version: trx.raw('session_version + 1'),
      updated_at: now,
    })
  if (changed === 0) return false
  await endSessionsOf(trx, 'portal', [user.id])
  await trx('sign_in_links')
    .where({ purpose: 'portal_reset', portal_user_id: user.id, used_at: null, revoked_at: null })
    .where('expires_at', '>', now)
    .update({ expires_at: now })
  return true
}

/** Puts the notice "Your password was changed" in the outbox, for those who have an address. */
export async function tellOfChange(trx: Db, { config }: PasswordDeps, user: PortalUser, now: number): Promise<void> {
  if (user.email === null) return
  const message = passwordChangedMessage({
    ...(await officeNow(trx, config)),
    name: user.name,
    forgotUrl: `${config.baseUrl}/portal/forgot`,
    changedAt: now,
  })
  await putInOutbox(
    trx,
    { config },
    [{ to: { name: user.name, email: user.email }, message, portalUserId: user.id }],
    now,
  )
}

/** Whether this person has any password, a temporary one included. */
export async function hasPassword(db: Db, user: PortalUser): Promise<boolean> {
  return (await hashOf(db, user)) !== null
}

/** Whether this is the password the person has now. */
export async function knowsOwnPassword(
  db: Db,
  passwords: Passwords,
  user: PortalUser,
  password: string,
): Promise<boolean> {
  return passwords.matches(await hashOf(db, user), password)
}

async function hashOf(db: Db, user: PortalUser): Promise<string | null> {
  const row = await db('portal_users')
    .where({ id: user.id })
    .first<{ password_hash: string | null } | undefined>('password_hash')
  return row?.password_hash ?? null
}
