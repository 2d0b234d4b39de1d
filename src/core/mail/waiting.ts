import type { Knex } from 'knex'
import { earliest } from '../../db/asked.ts'
import type { Db } from '../../db/index.ts'

/** Those of the emails that wait to be sent, said as the index of those that wait says it, which has no others. */
export function waiting(emails: Knex.QueryBuilder): Knex.QueryBuilder {
  return emails.whereRaw("emails.status = 'queued'")
}

/** Those that wait and whose time has come. */
export function dueEmails(emails: Knex.QueryBuilder, now: number): Knex.QueryBuilder {
  return waiting(emails).where('send_after', '<=', now)
}

/** Since when the oldest due mail waits, in ms; null when none is due. */
export function oldestDueMail(db: Db, now: number): Promise<number | null> {
  return earliest(dueEmails(db('emails'), now), 'send_after')
}

/** How many mails would go out at once if none were held back. */
export async function countWaiting(db: Db, now: number): Promise<number> {
  const [row] = await dueEmails(db('emails'), now).count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}
