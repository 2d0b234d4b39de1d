import type { Config } from '../../config.ts'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { emailChangeAskedMessage, emailConfirmationMessage } from '../mail/portal-user-messages.ts'
import { putInOutbox } from '../mail/outbox.ts'
import { cancelConfirmationMails } from '../mail/sign-in-details.ts'
import { emailKey } from '../email-address.ts'
import { normalizedUsername } from '../names.ts'
import { newToken, tokenHash } from '../secrets.ts'
import { officeNow } from '../settings/office.ts'

/** A link that confirms a new sign-in address works for half an hour. */
export const EMAIL_CHANGE_MS = 30 * 60_000

export interface EmailChangeDeps {
  config: Config
}

/** A new sign-in address that waits to be confirmed, in time or not. */
export interface PendingEmail {
  id: number
  email: string
  expiresAt: number
}

/** The username of this person once they sign in with `newEmail`: one that was their address follows it. */
export function usernameWith(person: { username: string; email: string | null }, newEmail: string): string {
  const wasAddress = person.email !== null && normalizedUsername(person.username) === emailKey(person.email)
  return wasAddress ? newEmail : person.username
}

interface Person {
  id: number
  name: string
  email: string | null
}

/** The new address that waits to be confirmed by this person, or null. */
export async function pendingEmailOf(db: Db, portalUserId: number): Promise<PendingEmail | null> {
  const row = await db('email_changes')
    .where({ portal_user_id: portalUserId, outcome: null })
    .first<PendingEmail | undefined>('id', 'email', 'expires_at as expiresAt')
  return row ?? null
}

/**
 * Mails a link to the new address, which becomes the sign-in address once the link is confirmed, and tells the address
 * there is. A change that was waiting is given up. Lock the row of the person first: one change can wait. The caller audits.
 */
export async function askForEmailChange(
  trx: Db,
  deps: EmailChangeDeps,
  person: Person,
  newEmail: string,
  now: number,
): Promise<void> {
  await mailConfirmingLink(trx, deps, person, newEmail, now)
  if (person.email === null) return
  const { name, email } = person
  const message = emailChangeAskedMessage({ ...(await officeNow(trx, deps.config)), name, newEmail, askedAt: now })
  await putInOutbox(trx, deps, [{ to: { name, email }, message, portalUserId: person.id }], now)
}

/** Makes the link and its mail; one that was waiting is given up, with its mail. */
export async function mailConfirmingLink(
  trx: Db,
  deps: EmailChangeDeps,
  { id, name }: Person,
  email: string,
  now: number,
): Promise<void> {
  const office = await officeNow(trx, deps.config)
  const token = newToken()
  const expiresAt = now + EMAIL_CHANGE_MS
  const url = `${deps.config.baseUrl}/portal/confirm-email/${token}`
  const message = emailConfirmationMessage({ ...office, name, email, url, token, expiresAt })
  await endEmailChangesOf(trx, [id], 'superseded', now)
  await trx('email_changes').insert({
    portal_user_id: id,
    email,
    token_hash: tokenHash(token),
    created_at: now,
    expires_at: expiresAt,
  })
  await putInOutbox(trx, deps, [{ to: { name, email }, message, portalUserId: id, expiresAt }], now)
}

/**
 * Gives up the changes of these people that wait, and the mails with their links that have not left. The caller audits.
 */
export async function endEmailChangesOf(
  trx: Db,
  portalUserIds: number[],
  outcome: 'superseded' | 'cancelled',
  now: number,
): Promise<void> {
  await trx('email_changes')
    .where({ outcome: null })
    .whereIn('portal_user_id', listed(trx, portalUserIds))
    .update({ outcome, ended_at: now })
  await cancelConfirmationMails(trx, portalUserIds, now)
}
