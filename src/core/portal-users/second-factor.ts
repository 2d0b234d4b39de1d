import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { ok, refused, type Result } from '../result.ts'
import { tellOfFactor } from '../second-factor/notice.ts'
import { factorOf, removeFactors } from '../second-factor/rows.ts'
import { forgetCodeTries } from '../second-factor/wrong-code.ts'
import { endSessionsOf } from '../sessions/rows.ts'
import { portalUserRow, type PortalUserRecord } from './one.ts'

/**
 * Ends every session of somebody. False, and nothing is changed, when they were ended meanwhile or this person may not
 * sign in.
 */
export async function renewPortalSessions(trx: Db, user: PortalUser, now: number): Promise<boolean> {
  const renewed = await trx('portal_users')
    .where({ id: user.id, session_version: user.sessionVersion, status: 'active' })
    .whereNull('deleted_at')
    .update({ session_version: trx.raw('session_version + 1'), updated_at: now })
  if (renewed === 1) await endSessionsOf(trx, 'portal', [user.id])
  return renewed === 1
}

/**
 * Takes the second factor of somebody away, who has lost it: they are signed out everywhere, told by mail, and wrong codes are
 * forgotten. Safe to do twice.
 */
export function takeFactorFromPortalUser(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  id: number,
  now: number,
): Promise<Result<PortalUserRecord, 'not-found'>> {
  return db.transaction(async trx => {
    await trx('portal_users').where({ id }).update({ updated_at: now })
    const user = await portalUserRow(trx, id)
    if (!user) return refused('not-found')
    await forgetCodeTries(trx, deps, { kind: 'portal_user', id })
    if ((await factorOf(trx, { kind: 'portal_user', id })) === null) return ok(user)
    await trx('portal_users')
      .where({ id })
      .update({ session_version: trx.raw('session_version + 1') })
    await endSessionsOf(trx, 'portal', [id])
    await removeFactors(trx, 'portal_user', [id])
    await record(trx, staff, 'portal-user.second-factor-removed', { type: 'portal_user', id }, { name: user.name }, now)
    await tellOfFactor(trx, deps, { kind: 'portal_user', ...user }, { did: 'taken', by: staff }, now)
    return ok(user)
  })
}
