import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { signInDetailsMessage } from '../mail/messages.ts'
import { putInOutbox } from '../mail/outbox.ts'
import { mailTexts } from '../settings/mail-texts.ts'
import { officeNow } from '../settings/office.ts'
import { portalsOfLogin } from './queries.ts'
import { TEMPORARY_PASSWORD_MS } from './records.ts'

/** What became of a mail with sign-in details: it waits to be sent, or for a portal of this person to be enabled. */
export type DetailsMail = 'queued' | 'held'

/** Writes the mail with username and temporary password, held while none of the person's portals is enabled. */
export async function writeSignInDetails(
  trx: Db,
  { config }: { config: Config },
  user: { id: number; name: string; username: string; email: string },
  temporaryPassword: string,
  now: number,
): Promise<DetailsMail> {
  const portals = await portalsOfLogin(trx, user.id)
  const held = !portals.some(portal => portal.enabled)
  const message = signInDetailsMessage({
    ...(await officeNow(trx, config)),
    words: (await mailTexts(trx)).signInDetails,
    name: user.name,
    username: user.username,
    temporaryPassword,
    portals: portals.map(portal => portal.name),
    signInUrl: `${config.baseUrl}/portal/sign-in`,
    expiresAt: now + TEMPORARY_PASSWORD_MS,
  })
  const to = { name: user.name, email: user.email }
  await putInOutbox(trx, { config }, [{ to, message, portalUserId: user.id, held }], now)
  return held ? 'held' : 'queued'
}
