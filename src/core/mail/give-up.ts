import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'

const NOT_LEFT = ['queued', 'held', 'failed', 'sending']

/**
 * Gives up those of these mails that have not left, and wipes what they say. One that is being sent at this moment may still
 * arrive, but is over: it is not tried again. One statement, so that none slips through while it is put back to wait.
 */
export async function giveUpMails(
  trx: Db,
  which: (emails: Knex.QueryBuilder) => Knex.QueryBuilder,
  now: number,
): Promise<void> {
  await trx('emails')
    .where(emails => void which(emails))
    .whereIn('status', NOT_LEFT)
    .update({
      status: trx.raw("case when status = 'sending' then status else 'cancelled' end"),
      body: trx.raw("case when status = 'sending' then body end"),
      body_purged_at: trx.raw("case when status = 'sending' then body_purged_at else ? end", [now]),
      expires_at: now,
    })
}
