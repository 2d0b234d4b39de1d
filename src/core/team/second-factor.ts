import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { ok, refused, type Result } from '../result.ts'
import { tellOfFactor } from '../second-factor/notice.ts'
import { factorOf, removeFactors } from '../second-factor/rows.ts'
import { forgetCodeTries } from '../second-factor/wrong-code.ts'
import { endSessionsOf } from '../sessions/rows.ts'
import { changingMember, type Member, type MemberRefusal } from './members.ts'

/**
 * Ends every session of somebody. False, and nothing is changed, when they were ended meanwhile or this person is
 * disabled.
 */
export async function renewStaffSessions(trx: Db, staff: Staff, now: number): Promise<boolean> {
  const renewed = await trx('staff_users')
    .where({ id: staff.id, session_version: staff.sessionVersion, status: 'active' })
    .update({ session_version: trx.raw('session_version + 1'), updated_at: now })
  if (renewed === 1) await endSessionsOf(trx, 'staff', [staff.id])
  return renewed === 1
}

/**
 * Takes the second factor of a colleague away, who has lost it: they are signed out everywhere, told by mail, and wrong codes are forgotten. Nobody
 * takes their own, as that needs a code. Safe to do twice.
 */
export function takeFactorFromMember(
  db: Db,
  deps: { config: Config },
  staff: Staff,
  id: number,
  now: number,
): Promise<Result<Member, MemberRefusal>> {
  return changingMember(db, staff, id, async (trx, member) => {
    if (id === staff.id) return refused('not-allowed')
    await forgetCodeTries(trx, deps, { kind: 'staff', id })
    if ((await factorOf(trx, { kind: 'staff', id })) === null) return ok(member)
    await trx('staff_users')
      .where({ id })
      .update({ session_version: trx.raw('session_version + 1'), updated_at: now })
    await endSessionsOf(trx, 'staff', [id])
    await removeFactors(trx, 'staff', [id])
    await record(trx, staff, 'staff.second-factor-removed', { type: 'staff', id }, {}, now)
    await tellOfFactor(trx, deps, { kind: 'staff', ...member }, { did: 'taken', by: staff }, now)
    return ok(member)
  })
}
