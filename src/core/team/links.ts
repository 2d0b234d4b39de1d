import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { staffLinkMessage } from '../mail/messages.ts'
import { putInOutbox } from '../mail/outbox.ts'
import { PASSWORD_LENGTH, weaknessOf, type Passwords, type PasswordWeakness } from '../passwords.ts'
import { allOrNothing, ok, refused, type Result } from '../result.ts'
import { looksLikeToken, newToken, tokenHash } from '../secrets.ts'
import { endSessionsOf } from '../sessions/rows.ts'
import { officeNow } from '../settings/office.ts'

export const STAFF_LINK_DAYS = 7
const DAY_MS = 86_400_000

export interface LinkDeps {
  config: Config
}

/** `invite`: for somebody who has no password yet; they may correct their name too. */
export type LinkPurpose = 'invite' | 'reset'

/** A link that was just made: `url` is shown once and kept nowhere. `mailed` is false where no mail server is set. */
export interface GivenLink {
  memberId: number
  url: string
  mailed: boolean
  expiresAt: number
}

/**
 * Makes a link for a member of staff inside the caller's transaction, in place of those they had, and mails it if it
 * can.
 */
export async function giveLink(
  trx: Db,
  deps: LinkDeps,
  staff: Staff,
  member: { id: number; name: string; email: string; purpose: LinkPurpose },
  now: number,
): Promise<GivenLink> {
  const token = newToken()
  const url = `${deps.config.baseUrl}/staff/links/${token}`
  const expiresAt = now + STAFF_LINK_DAYS * DAY_MS
  await revokeLinks(trx, member.id, now)
  await trx('staff_links').insert({
    purpose: member.purpose,
    staff_user_id: member.id,
    token_hash: tokenHash(token),
    created_at: now,
    expires_at: expiresAt,
  })
  const mailed = deps.config.smtpUrl !== null
  const office = await officeNow(trx, deps.config)
  const message = staffLinkMessage({ ...member, ...office, from: staff.name, url, token, expiresAt })
  if (mailed) await putInOutbox(trx, deps, [{ to: member, message }], now)
  return { memberId: member.id, url, mailed, expiresAt }
}

/** Makes every link of somebody stop working. */
export async function revokeLinks(trx: Db, staffId: number, now: number): Promise<void> {
  await trx('staff_links')
    .where({ staff_user_id: staffId, used_at: null, revoked_at: null })
    .update({ revoked_at: now })
}

/** Until when the link somebody has works, or null when they have none. */
export async function openLinkUntil(db: Db, staffId: number, now: number): Promise<number | null> {
  const row = await db('staff_links')
    .where({ staff_user_id: staffId, used_at: null, revoked_at: null })
    .where('expires_at', '>', now)
    .first<{ expires_at: number } | undefined>('expires_at')
  return row?.expires_at ?? null
}

/** Whose link this is. */
export interface LinkOwner {
  id: number
  name: string
  email: string
  purpose: LinkPurpose
}

/** Whose link this is, if it would work now; null for any other. Looking changes nothing, however often. */
export async function linkOwner(db: Db, token: unknown, now: number): Promise<LinkOwner | null> {
  if (!looksLikeToken(token)) return null
  const row = await openLinks(db, token, now)
    .join('staff_users', 'staff_users.id', 'staff_links.staff_user_id')
    .where('staff_users.status', 'active')
    .first<LinkOwner | undefined>(
      'staff_users.id',
      'staff_users.name',
      'staff_users.email',
      'staff_links.purpose as purpose',
    )
  return row ?? null
}

/**
 * Spends the link and sets the password, once, however many try at the same moment. Every session of the person ends and
 * nobody is signed in. A password that is not good enough leaves the link as it was. `name` counts in an invitation only.
 */
export async function spendLink(
  db: Db,
  passwords: Passwords,
  given: { token: unknown; name: string; password: string; ip: string | null },
  now: number,
): Promise<Result<LinkOwner, 'link-closed' | PasswordWeakness>> {
  const owner = await linkOwner(db, given.token, now)
  if (!owner) return refused('link-closed')
  const name = owner.purpose === 'invite' ? given.name : owner.name
  const weakness = await weaknessOf(given.password, PASSWORD_LENGTH.staff, [name, owner.email, 'portico'])
  if (weakness) return refused(weakness)
  const password_hash = await passwords.hash(given.password)
  return allOrNothing(db, async trx => {
    const changed = await trx('staff_users')
      .where({ id: owner.id, status: 'active' })
      .update({ name, password_hash, session_version: trx.raw('session_version + 1'), updated_at: now })
    if (changed === 0) return refused('link-closed')
    const spent = await openLinks(trx, String(given.token), now).update({ used_at: now })
    if (spent === 0) return refused('link-closed')
    await endSessionsOf(trx, 'staff', [owner.id])
    const action = owner.purpose === 'invite' ? 'staff.joined' : 'staff.password-reset'
    const subject = { type: 'staff', id: owner.id }
    await record(trx, { kind: 'staff', id: owner.id, ip: given.ip }, action, subject, {}, now)
    return ok(owner)
  })
}

function openLinks(db: Db, token: string, now: number) {
  return db('staff_links')
    .where({ token_hash: tokenHash(token), used_at: null, revoked_at: null })
    .where('staff_links.expires_at', '>', now)
}
