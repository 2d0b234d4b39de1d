import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { officeNow } from '../settings/office.ts'
import { testMessage } from './messages.ts'
import { askToSend, putInOutbox, type OutboxDeps } from './outbox.ts'

const DAY_MS = 86_400_000

/** After so many tries that did not work we say that mail is failing, though it is tried on. */
const TRIES_IN_VAIN = 3

/** Writes a mail to the one who asks for it, to see whether mail arrives. Twice means two mails. */
export function writeTestEmail(db: Db, deps: OutboxDeps, staff: Staff, now: number): Promise<void> {
  const url = `${deps.config.baseUrl}/staff/emails`
  return db.transaction(async trx => {
    const office = await officeNow(trx, deps.config)
    const message = testMessage({ ...office, name: staff.name, writtenAt: now, url })
    await putInOutbox(trx, deps, [{ to: staff, message }], now)
    await record(trx, staff, 'email.test-written', null, {}, now)
  })
}

/** Tries every mail again that failed and whose words are still known, and says how many. Safe to do twice. */
export function retryFailedEmails(db: Db, deps: OutboxDeps, staff: Staff, now: number): Promise<number> {
  return db.transaction(async trx => {
    const emails = await trx('emails')
      .where({ status: 'failed' })
      .whereNotNull('body')
      .update({ status: 'queued', send_after: now, attempts: 0, smtp_response: null })
    if (emails === 0) return 0
    await record(trx, staff, 'emails.retried', null, { emails }, now)
    await askToSend(trx, deps, now)
    return emails
  })
}

/** How many failed mails could be tried again. */
export async function countRetriable(db: Db): Promise<number> {
  const [row] = await db('emails')
    .where({ status: 'failed' })
    .whereNotNull('body')
    .count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** Whether mail is failing now: one failed within a day, or waits after several tries in vain. */
export async function mailIsFailing(db: Db, now: number): Promise<boolean> {
  const trouble: unknown = await db('emails')
    .where(failed => void failed.where({ status: 'failed' }).where('sending_since', '>', now - DAY_MS))
    .orWhere(waiting => void waiting.where({ status: 'queued' }).where('attempts', '>=', TRIES_IN_VAIN))
    .first('id')
  return trouble !== undefined
}
