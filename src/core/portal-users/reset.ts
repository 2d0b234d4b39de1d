import type { Db } from '../../db/index.ts'
import { system, type PortalUser } from '../actors.ts'
import { record } from '../audit/record.ts'
import type { Kind } from '../jobs/worker.ts'
import { enqueue } from '../jobs/queue.ts'
import { passwordResetMessage } from '../mail/messages.ts'
import { putInOutbox } from '../mail/outbox.ts'
import type { MailDeps } from '../mail/send.ts'
import type { PasswordWeakness } from '../passwords.ts'
import { allOrNothing, refused, ok, type Result } from '../result.ts'
import { looksLikeToken, tokenHash } from '../secrets.ts'
import { officeNow } from '../settings/office.ts'
import { newPasswordLink } from './links.ts'
import { hasPassword, setOwnPassword, tellOfChange, weaknessFor, type PasswordDeps } from './own-password.ts'
import { signInNamesOf } from './records.ts'
import { portalUserById } from './sign-in.ts'

/** A reset link works for an hour. */
export const RESET_LINK_MS = 3_600_000

/**
 * Asks for a link to be mailed. The work is left to the background for everybody, `null` (nobody has that name) included,
 * so that the answer takes no longer for somebody who exists.
 */
export async function askForReset(db: Db, portalUserId: number | null, now: number): Promise<void> {
  await enqueue(db, 'portal-reset', { portalUserId }, now)
}

/** The background half of `askForReset`: makes the link and queues its mail. */
export const portalReset: Kind<MailDeps> = {
  async run({ payload }, { db, config, now }) {
    const { portalUserId } = payload as { portalUserId: number | null }
    if (portalUserId !== null) await mailResetLink(db, { config }, portalUserId, now())
  },
}

/**
 * Queues a new link to the stored address; links asked for before stop working. Nothing for somebody without an
 * address.
 */
async function mailResetLink(db: Db, deps: Pick<PasswordDeps, 'config'>, id: number, now: number): Promise<void> {
  await db.transaction(async trx => {
    const user = (await lockLive(trx, id, now)) ? await portalUserById(trx, id) : null
    if (!user || user.email === null) return
    const { name, email } = user
    const office = await officeNow(trx, deps.config)
    const { url, token, expiresAt } = await newPasswordLink(
      trx,
      deps,
      { portalUserId: id, lastsMs: RESET_LINK_MS },
      now,
    )
    const message = passwordResetMessage({ ...office, name, resetUrl: url, token, expiresAt })
    await putInOutbox(trx, deps, [{ to: { name, email }, message, portalUserId: id, expiresAt }], now)
    await record(trx, system, 'portal-user.reset-link-queued', { type: 'portal_user', id }, {}, now)
  })
}

/**
 * Makes whoever else changes this person wait; false when they may not sign in. To be done before a link is touched: the
 * order in which everybody locks.
 */
async function lockLive(trx: Db, id: number, now: number): Promise<boolean> {
  const locked = await trx('portal_users')
    .where({ id, status: 'active' })
    .whereNull('deleted_at')
    .update({ updated_at: now })
  return locked === 1
}

/** Why a link does not open: there never was one, it was spent, its hour is over, or a newer one was asked for. */
export type ResetRefusal = 'unknown' | 'used' | 'expired' | 'superseded'

/** Whose link this is, if it would work now. Looking changes nothing, however often. */
export async function resetLinkOwner(db: Db, token: unknown, now: number): Promise<Result<PortalUser, ResetRefusal>> {
  if (!looksLikeToken(token)) return refused('unknown')
  const link = await linkRows(db, token).first<LinkRow | undefined>(
    'portal_user_id',
    'used_at',
    'revoked_at',
    'expires_at',
  )
  if (!link) return refused('unknown')
  if (link.used_at !== null) return refused('used')
  if (link.revoked_at !== null) return refused('superseded')
  const user = link.expires_at > now ? await portalUserById(db, link.portal_user_id) : null
  return user ? ok(user) : refused('expired')
}

/**
 * Spends the link and sets the password, once, however many try at the same moment. Every session ends and nobody is signed
 * in; a mail tells of it, unless there was no password before. A password that is not good enough leaves the link as it was. The answer is every name the person
 * signs in with, so that wrong tries under them can be forgotten.
 */
export async function resetPassword(
  db: Db,
  deps: PasswordDeps,
  given: { token: unknown; password: string; ip: string | null },
  now: number,
): Promise<Result<string[], ResetRefusal | PasswordWeakness>> {
  const owner = await resetLinkOwner(db, given.token, now)
  if (!owner.ok) return owner
  const user = { ...owner.value, ip: given.ip }
  const weakness = await weaknessFor(db, deps, user, given.password)
  if (weakness) return refused(weakness)
  const hash = await deps.passwords.hash(given.password)
  const spent = await spendLink(db, deps, user, { token: String(given.token), hash }, now)
  if (spent.ok) return ok(signInNamesOf(user))
  const state = await resetLinkOwner(db, given.token, now)
  return refused(state.ok ? 'expired' : state.error)
}

function spendLink(
  db: Db,
  deps: PasswordDeps,
  user: PortalUser,
  { token, hash }: { token: string; hash: string },
  now: number,
): Promise<Result<null, 'gone'>> {
  return allOrNothing(db, async trx => {
    if (!(await lockLive(trx, user.id, now))) return refused('gone')
    const spent = await linkRows(trx, token)
      .where({ used_at: null, revoked_at: null })
      .where('expires_at', '>', now)
      .update({ used_at: now })
    if (spent === 0) return refused('gone')
    const isFirst = !(await hasPassword(trx, user))
    if (!(await setOwnPassword(trx, { id: user.id }, hash, now))) return refused('gone')
    await record(trx, user, 'portal-user.password-reset', { type: 'portal_user', id: user.id }, {}, now)
    if (!isFirst) await tellOfChange(trx, deps, user, now)
    return ok(null)
  })
}

interface LinkRow {
  portal_user_id: number
  used_at: number | null
  revoked_at: number | null
  expires_at: number
}

function linkRows(db: Db, token: string) {
  return db('sign_in_links').where({ purpose: 'portal_reset', token_hash: tokenHash(token) })
}
