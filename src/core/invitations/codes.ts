import { randomInt } from 'node:crypto'
import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { emailKey } from '../email-address.ts'
import { registrationCodeMessage } from '../mail/invitation-messages.ts'
import { putInOutbox } from '../mail/outbox.ts'
import { derivedKey, keyedHash } from '../secrets.ts'
import { officeNow } from '../settings/office.ts'

/** A code works for half an hour, and so many wrong tries end it; only so many are sent for one invitation. */
export const CODE_MS = 1_800_000
const TRIES = 5
const CODES = 5

/**
 * What a typed code is worth. `sent` means that none was asked for yet with this address, and that one is on its way
 * now.
 */
export type CodeAnswer = 'right' | 'wrong' | 'sent' | 'too-many'

interface Registrant {
  invitationId: number
  name: string
  email: string
}

/**
 * Whether the code shows that the address belongs to whoever registers. Without a code, with one that is over, or with another
 * address than before, a new one is mailed; the answer then is 'sent', until too many were sent for this invitation.
 */
export async function checkCode(
  trx: Db,
  deps: { config: Config },
  who: Registrant,
  typed: string,
  now: number,
): Promise<CodeAnswer> {
  if (typed === '') return sendCode(trx, deps, who, now)
  // The try is counted before the code is looked at, so that many at once are not more than one after the other.
  const [row] = await trx('registration_codes')
    .where({ invitation_id: who.invitationId, email_normalized: emailKey(who.email) })
    .where('expires_at', '>', now)
    .where('tries', '<', TRIES)
    .update({ tries: trx.raw('tries + 1') })
    .returning<{ code_hash: string }[]>('code_hash')
  if (!row) return sendCode(trx, deps, who, now)
  return row.code_hash === hashOf(deps.config, who, typed.replace(/\s/g, '')) ? 'right' : 'wrong'
}

async function sendCode(trx: Db, deps: { config: Config }, who: Registrant, now: number): Promise<CodeAnswer> {
  const code = String(randomInt(10 ** 8)).padStart(8, '0')
  const expiresAt = now + CODE_MS
  const fields = { email_normalized: emailKey(who.email), code_hash: hashOf(deps.config, who, code), tries: 0 }
  const before = await trx('registration_codes')
    .where({ invitation_id: who.invitationId })
    .forUpdate()
    .first<{ codes: number } | undefined>('codes')
  if ((before?.codes ?? 0) >= CODES) return 'too-many'
  await trx('registration_codes')
    .insert({ invitation_id: who.invitationId, ...fields, codes: (before?.codes ?? 0) + 1, expires_at: expiresAt })
    .onConflict('invitation_id')
    .merge()
  const message = registrationCodeMessage({ ...(await officeNow(trx, deps.config)), name: who.name, code, expiresAt })
  await putInOutbox(trx, deps, [{ to: { name: who.name, email: who.email }, message, expiresAt }], now)
  return 'sent'
}

function hashOf(config: Config, { invitationId, email }: Registrant, code: string): string {
  const key = derivedKey(config.appSecret, 'registration code')
  return keyedHash(key, `${String(invitationId)} ${emailKey(email) ?? ''} ${code}`)
}
