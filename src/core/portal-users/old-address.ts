import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { cancelSignInDetails } from '../mail/sign-in-details.ts'
import { revokeLinksOf } from './links.ts'

/** Whoever reads mail at the address somebody had must not get in with what was sent there. The caller audits. */
export function forgetOldAddress(trx: Db, id: number, now: number): Promise<void> {
  return forgetOldAddresses(trx, [id], now)
}

/** As `forgetOldAddress`, for many people at once. */
export async function forgetOldAddresses(trx: Db, ids: number[], now: number): Promise<void> {
  if (ids.length === 0) return
  await cancelSignInDetails(trx, ids, now)
  await revokeLinksOf(trx, ids, now)
  await trx('portal_users')
    .whereIn('id', listed(trx, ids))
    .where({ must_change_password: true })
    .update({ temporary_password_expires_at: now })
}
