import type { Db } from '../../db/index.ts'
import { system } from '../actors.ts'
import { record } from '../audit/record.ts'
import { notify } from '../notifications/bell.ts'
import { disputedNotice } from '../notifications/notices.ts'
import { ok, refused, type Result } from '../result.ts'
import { openInvitation } from './link.ts'

/**
 * Tells whoever invited, and every administrator, that the holder of a used link says that it was not they who registered.
 * Nothing else changes: it is for the office to look into. Refused when nobody has used the link.
 */
export async function disputeRegistration(db: Db, token: unknown, now: number): Promise<Result<null, 'not-used'>> {
  const opened = await openInvitation(db, token, now)
  const invitation = opened.ok || opened.error.kind !== 'used' ? null : opened.error.invitation
  if (!invitation) return refused('not-used')
  const { id, email, registeredEmail, contactId, inviterStaffId } = invitation
  return db.transaction(async trx => {
    const staff = await trx('staff_users')
      .where({ status: 'active' })
      .where(any => void any.where({ role: 'admin' }).orWhere({ id: inviterStaffId ?? 0 }))
      .pluck<number[]>('id')
    await notify(trx, staff, disputedNotice({ email, registeredEmail: registeredEmail ?? email, contactId }), now)
    await record(trx, system, 'invitation.disputed', { type: 'invitation', id }, { email, registeredEmail }, now)
    return ok(null)
  })
}
