import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { signInDetailsMessage } from '../mail/messages.ts'
import { putInOutbox } from '../mail/outbox.ts'
import { signInLinkMessage } from '../mail/portal-user-messages.ts'
import { cancelSignInDetails } from '../mail/sign-in-details.ts'
import { mailTexts } from '../settings/mail-texts.ts'
import { officeNow } from '../settings/office.ts'
import { accountKey, forgetAttempts } from '../throttle/attempts.ts'
import { newPasswordLink, revokeLinksOf } from './links.ts'
import { portalsOfLogin } from './queries.ts'
import { setTemporaryPasswords, TEMPORARY_PASSWORD_MS } from './records.ts'

/** What became of a mail with sign-in details: it waits to be sent, or for a portal of this person to be enabled. */
export type DetailsMail = 'queued' | 'held'

/** Whom a mail with sign-in details is for. */
interface Reader {
  id: number
  name: string
  username: string
  email: string
}

/**
 * Writes the mail with the username and the temporary password, or with a link to choose a password when that is null; held
 * while none of the person's portals is enabled.
 */
export async function writeSignInDetails(
  trx: Db,
  deps: { config: Config },
  user: Reader,
  temporaryPassword: string | null,
  now: number,
): Promise<DetailsMail> {
  const portals = await portalsOfLogin(trx, user.id)
  const held = !portals.some(portal => portal.enabled)
  const details = {
    ...(await officeNow(trx, deps.config)),
    words: (await mailTexts(trx)).signInDetails,
    name: user.name,
    username: user.username,
    portals: portals.map(portal => portal.name),
    signInUrl: `${deps.config.baseUrl}/portal/sign-in`,
    expiresAt: now + TEMPORARY_PASSWORD_MS,
  }
  const lasting = { portalUserId: user.id, lastsMs: TEMPORARY_PASSWORD_MS }
  const message =
    temporaryPassword === null
      ? signInLinkMessage({ ...details, link: await newPasswordLink(trx, deps, lasting, now) })
      : signInDetailsMessage({ ...details, temporaryPassword })
  const to = { name: user.name, email: user.email }
  await putInOutbox(trx, deps, [{ to, message, portalUserId: user.id, held }], now)
  return held ? 'held' : 'queued'
}

/**
 * Gives somebody a new temporary password, or a link to choose one when that is null, and writes the mail; earlier such mails
 * that have not left are given up, open sessions and links end, the password there was stops working, and wrong tries are
 * forgotten. The caller audits.
 */
export async function renewSignInDetails(
  trx: Db,
  deps: { config: Config },
  user: Reader,
  temporary: { password: string; hash: string } | null,
  now: number,
): Promise<DetailsMail> {
  await setTemporaryPasswords(trx, [{ id: user.id, hash: temporary?.hash ?? null }], now)
  await cancelSignInDetails(trx, [user.id], now)
  await revokeLinksOf(trx, [user.id], now)
  for (const guessed of ['sign-in', 'code'] as const)
    await forgetAttempts(trx, accountKey(deps.config.appSecret, 'portal', guessed, user.id))
  return writeSignInDetails(trx, deps, user, temporary?.password ?? null, now)
}
