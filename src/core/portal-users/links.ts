import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'

/** Ends every link of these people that could still be used to choose a password. The caller audits. */
export async function revokeLinksOf(trx: Db, portalUserIds: number[], now: number): Promise<void> {
  await trx('sign_in_links')
    .where({ purpose: 'portal_reset', used_at: null, revoked_at: null })
    .whereIn('portal_user_id', listed(trx, portalUserIds))
    .update({ revoked_at: now })
}
