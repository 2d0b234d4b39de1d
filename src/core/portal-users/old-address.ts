import type { Db } from '../../db/index.ts'
import { cancelSignInDetails } from '../mail/sign-in-details.ts'
import { revokeLinksOf } from './links.ts'

/** Whoever reads mail at the address somebody had must not get in with what was sent there. The caller audits. */
export async function forgetOldAddress(trx: Db, id: number, now: number): Promise<void> {
  await cancelSignInDetails(trx, [id], now)
  await revokeLinksOf(trx, [id], now)
  await trx('portal_users').where({ id, must_change_password: true }).update({ temporary_password_expires_at: now })
}
