import { isPostgres, type Db } from '../../db/index.ts'
import { notifyAdmins } from '../notifications/bell.ts'
import { EMAILS_FAILED } from '../notifications/notices.ts'

const MINUTE_MS = 60_000

/** Minutes to wait after each try that did not work; hourly after these. */
const WAITS = [1, 2, 4, 8, 15, 30]
const GIVE_UP_AFTER_TRIES = WAITS.length + 72

/** A mail that has been "sending" for so long was left behind by a process that ended. It is sent again, byte for byte. */
export const LOST_AFTER_MS = 2 * MINUTE_MS

/** A mail that this process is to send now. */
export interface ClaimedEmail {
  id: number
  toName: string | null
  toEmail: string
  subject: string
  body: string | null
  messageId: string
  createdAt: number
  attempts: number
}

/** Takes the mail that has been due longest and is not over, or null. Two processes never get the same one, short of one being lost. */
export async function claimEmail(db: Db, now: number): Promise<ClaimedEmail | null> {
  const due = db('emails')
    .select('id')
    .where(
      ready =>
        void ready
          .where(waiting => void waiting.where({ status: 'queued' }).where('send_after', '<=', now))
          .orWhere(lost => void lost.where({ status: 'sending' }).where('sending_since', '<=', now - LOST_AFTER_MS)),
    )
    .where(live => void live.whereNull('expires_at').orWhere('expires_at', '>', now))
    .orderBy([{ column: 'send_after' }, { column: 'id' }])
    .limit(1)
  if (isPostgres(db)) void due.forUpdate().skipLocked()
  const rows = await db('emails')
    .whereIn('id', due)
    .update({ status: 'sending', sending_since: now, attempts: db.raw('attempts + 1') })
    .returning<ClaimedRow[]>(['id', 'to_name', 'to_email', 'subject', 'body', 'message_id', 'created_at', 'attempts'])
  return rows[0] ? claimedFrom(rows[0]) : null
}

/** The mail server has taken it: what it said is wiped. */
export async function settleSent(db: Db, email: ClaimedEmail, answer: string, now: number): Promise<void> {
  await mine(db, email).update({
    status: 'sent',
    sent_at: now,
    smtp_response: shortened(answer),
    body: null,
    body_purged_at: now,
  })
}

/** It did not leave this time: it waits longer with each try, and has failed after three days. */
export async function settleLater(db: Db, email: ClaimedEmail, answer: string, now: number): Promise<void> {
  if (email.attempts >= GIVE_UP_AFTER_TRIES) return settleFailed(db, email, answer, now)
  const minutes = WAITS[email.attempts - 1] ?? 60
  await mine(db, email).update({
    status: 'queued',
    send_after: now + minutes * MINUTE_MS,
    smtp_response: shortened(answer),
  })
  await endedIfOver(db, email, now)
}

/** It will not be taken, however often it is tried. The administrators are told with the same commit. */
export async function settleFailed(db: Db, email: ClaimedEmail, answer: string, now: number): Promise<void> {
  await db.transaction(async trx => {
    const failed = await mine(trx, email).update({ status: 'failed', smtp_response: shortened(answer) })
    if (failed > 0 && !(await endedIfOver(trx, email, now))) await notifyAdmins(trx, EMAILS_FAILED, now)
  })
}

/** From when on another mail may be tried: now, or a minute after the first of the last `perMinute` mails that were. */
export async function nextTurn(db: Db, perMinute: number, now: number): Promise<number> {
  const first = await db('emails')
    .where('sending_since', '>', now - MINUTE_MS)
    .orderBy('sending_since', 'desc')
    .offset(perMinute - 1)
    .first<{ sending_since: number } | undefined>('sending_since')
  return first ? first.sending_since + MINUTE_MS : now
}

/** When there will next be a mail to send, or null when none waits. */
export async function nextDue(db: Db): Promise<number | null> {
  const [queued, sending] = await Promise.all([
    earliest(db, 'queued', 'send_after'),
    earliest(db, 'sending', 'sending_since'),
  ])
  const moments = [queued, sending === null ? null : sending + LOST_AFTER_MS].filter(moment => moment !== null)
  return moments.length > 0 ? Math.min(...moments) : null
}

interface ClaimedRow {
  id: number
  to_name: string | null
  to_email: string
  subject: string
  body: string | null
  message_id: string
  created_at: number
  attempts: number
}

function claimedFrom(row: ClaimedRow): ClaimedEmail {
  return {
    id: row.id,
    toName: row.to_name,
    toEmail: row.to_email,
    subject: row.subject,
    body: row.body,
    messageId: row.message_id,
    createdAt: row.created_at,
    attempts: row.attempts,
  }
}

/** The row as long as it is ours: a process that was away too long finds it claimed again, and changes nothing. */
function mine(db: Db, { id, attempts }: ClaimedEmail) {
  return db('emails').where({ id, status: 'sending', attempts })
}

/** What was given up while it was being sent, or is over for another reason, does not wait for another try. */
async function endedIfOver(db: Db, { id }: ClaimedEmail, now: number): Promise<boolean> {
  const ended = await db('emails')
    .where({ id })
    .whereIn('status', ['queued', 'failed'])
    .where('expires_at', '<=', now)
    .update({ status: 'cancelled', body: null, body_purged_at: now })
  return ended > 0
}

async function earliest(
  db: Db,
  status: 'queued' | 'sending',
  column: 'send_after' | 'sending_since',
): Promise<number | null> {
  const row = await db('emails')
    .where({ status })
    .min<{ moment: number | null } | undefined>({ moment: column })
    .first()
  return row?.moment ?? null
}

function shortened(answer: string): string {
  return answer.replace(/\s+/g, ' ').trim().slice(0, 500)
}
