import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { ok, refused, type Result } from '../result.ts'
import {
  endEmailChangesOf,
  mailConfirmingLink,
  pendingEmailOf,
  type EmailChangeDeps,
  type PendingEmail,
} from './email-changes.ts'
import { portalUserRow, type PortalUserRecord } from './one.ts'

/** A change of somebody's sign-in address, as the page showed it. */
export interface ShownEmailChange {
  portalUserId: number
  id: number
}

/**
 * Mails a new link to an address that waits to be confirmed; the one before stops working. Refused with 'over' when that
 * change does not wait any more: it was confirmed, given up, or sent again already.
 */
export function resendEmailChange(
  db: Db,
  deps: EmailChangeDeps,
  staff: Staff,
  shown: ShownEmailChange,
  now: number,
): Promise<Result<PendingEmail, 'not-found' | 'over'>> {
  return whileWaiting(db, shown, now, async (trx, person, pending) => {
    await mailConfirmingLink(trx, deps, person, pending.email, now)
    const about = { email: pending.email }
    await record(trx, staff, 'portal-user.email-change-resent', { type: 'portal_user', id: person.id }, about, now)
  })
}

/** Gives up a change that waits to be confirmed: its link stops working. Refused as `resendEmailChange`. */
export function cancelEmailChange(
  db: Db,
  staff: Staff,
  shown: ShownEmailChange,
  now: number,
): Promise<Result<PendingEmail, 'not-found' | 'over'>> {
  return whileWaiting(db, shown, now, async (trx, person, pending) => {
    await endEmailChangesOf(trx, [person.id], 'cancelled', now)
    const about = { email: pending.email }
    await record(trx, staff, 'portal-user.email-change-cancelled', { type: 'portal_user', id: person.id }, about, now)
  })
}

function whileWaiting(
  db: Db,
  { portalUserId, id }: ShownEmailChange,
  now: number,
  act: (trx: Db, person: PortalUserRecord, pending: PendingEmail) => Promise<void>,
): Promise<Result<PendingEmail, 'not-found' | 'over'>> {
  return db.transaction(async trx => {
    await trx('portal_users').where({ id: portalUserId }).update({ updated_at: now })
    const person = await portalUserRow(trx, portalUserId)
    if (!person) return refused('not-found')
    const pending = await pendingEmailOf(trx, portalUserId)
    if (pending?.id !== id) return refused('over')
    await act(trx, person, pending)
    return ok(pending)
  })
}
