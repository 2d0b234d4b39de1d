import { may, type Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import type { JobDeps } from '../jobs/deps.ts'
import { Interrupted, type Kind } from '../jobs/worker.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import { staffById } from '../team/accounts.ts'
import { renewSignInDetails } from './details-mail.ts'
import { expiredDetailsOf, haveExpired } from './held.ts'
import { portalUserRow } from './one.ts'
import { newTemporaryPassword } from './temporary-password.ts'

/**
 * Writes the sign-in details again that waited for a portal until they expired, one person at a time: each has a new temporary
 * password, or a link when the office has decided so. Who is done waits no longer, so it may stop and begin again at any point.
 */
export const renewHeldDetails: Kind<JobDeps> = {
  lane: 'long',

  async run({ payload }, deps, stopping) {
    const { portalId, staffId } = payload as { portalId: number; staffId: number }
    const staff = await staffById(deps.db, staffId)
    if (!staff || !may(staff, 'administer')) return
    for (const id of await expiredDetailsOf(deps.db, portalId, deps.now())) {
      if (stopping.aborted) throw new Interrupted()
      await renew(deps, staff, portalId, id)
    }
  },
}

async function renew(deps: JobDeps, staff: Staff, portalId: number, id: number): Promise<void> {
  const { db, passwords, now } = deps
  const temporary = (await portalSettings(db)).credentials === 'link' ? null : newTemporaryPassword()
  const hashed = temporary === null ? null : { password: temporary, hash: await passwords.hash(temporary) }
  await db.transaction(async trx => {
    await trx('portal_users').where({ id }).forUpdate().first('id')
    const user = await portalUserRow(trx, id)
    if (!user || user.email === null || !(await haveExpired(trx, portalId, id, now()))) return
    await trx('portal_users')
      .where({ id })
      .update({ version: trx.raw('version + 1') })
    const mail = await renewSignInDetails(trx, deps, { ...user, email: user.email }, hashed, now())
    await record(trx, staff, 'portal-user.details-resent', { type: 'portal_user', id }, { mail }, now())
  })
}
