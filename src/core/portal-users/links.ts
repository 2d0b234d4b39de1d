import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { newToken, tokenHash } from '../secrets.ts'

/** A link to choose a password with, as it is mailed; only the hash of its token is kept. */
export interface PasswordLink {
  token: string
  url: string
  expiresAt: number
}

/**
 * Makes a link with which this person chooses a password, once. Those made before stop working; whoever has no password is
 * known to have until the end of this one. Lock the row of the person first. The caller audits.
 */
export async function newPasswordLink(
  trx: Db,
  { config }: { config: { baseUrl: string } },
  { portalUserId, lastsMs }: { portalUserId: number; lastsMs: number },
  now: number,
): Promise<PasswordLink> {
  const token = newToken()
  const expiresAt = now + lastsMs
  await revokeLinksOf(trx, [portalUserId], now)
  await trx('sign_in_links').insert({
    purpose: 'portal_reset',
    portal_user_id: portalUserId,
    token_hash: tokenHash(token),
    created_at: now,
    expires_at: expiresAt,
  })
  await trx('portal_users')
    .where({ id: portalUserId, password_hash: null })
    .update({ temporary_password_expires_at: expiresAt })
  return { token, expiresAt, url: `${config.baseUrl}/portal/reset/${token}` }
}

/**
 * Ends every link of these people that could still be used to choose a password; those without a password have no way in
 * then. The caller audits.
 */
export async function revokeLinksOf(trx: Db, portalUserIds: number[], now: number): Promise<void> {
  await trx('sign_in_links')
    .where({ purpose: 'portal_reset', used_at: null, revoked_at: null })
    .whereIn('portal_user_id', listed(trx, portalUserIds))
    .update({ revoked_at: now })
  await trx('portal_users')
    .where({ password_hash: null })
    .whereIn('id', listed(trx, portalUserIds))
    .where('temporary_password_expires_at', '>', now)
    .update({ temporary_password_expires_at: now })
}
