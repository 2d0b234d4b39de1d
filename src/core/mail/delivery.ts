import type { Knex } from 'knex'
import { earliest } from '../../db/asked.ts'
import { isPostgres, type Db } from '../../db/index.ts'
import { notifyAdmins } from '../notifications/bell.ts'
import { EMAILS_FAILED } from '../notifications/notices.ts'
import { dueEmails, waiting } from './waiting.ts'

const MINUTE_MS = 60_000

/** Minutes to wait after each try that did not work; hourly after these. */
const WAITS = [1, 2, 4, 8, 15, 30]
const GIVE_UP_AFTER_TRIES = WAITS.length + 72

/** The name of the lock under which processes count what was tried, and claim. */
const CLAIMING = 20_261_122

/**
 * A mail that has been "sending" for so long was left behind by a process that ended. It is sent again, byte for byte.
 */
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

/**
 * Takes the mails that have been due longest and are not over: `most` of them, and no more than may be tried within a minute.
 * Two processes never get the same one, short of one being lost.
 */
export function claimEmails(
  db: Db,
  { perMinute, most }: { perMinute: number; most: number },
  now: number,
): Promise<ClaimedEmail[]> {
  return db.transaction(async trx => {
    if (isPostgres(trx)) await trx.raw('select pg_advisory_xact_lock(?)', [CLAIMING]) // one counts and claims at a time
    const room = Math.min(most, perMinute - (await triedLately(trx, now)))
    if (room <= 0) return []
    const lost = await claimed(trx, lostEmails(trx, now).limit(room), now)
    if (lost.length === room) return lost
    return [...lost, ...(await claimed(trx, waitingEmails(trx, now).limit(room - lost.length), now))]
  })
}

/** Gives back mails that were claimed and not tried, as if nothing had been. */
export async function giveBackEmails(db: Db, emails: ClaimedEmail[]): Promise<void> {
  if (emails.length === 0) return
  await theirs(db, emails).update({
    status: 'queued',
    attempts: db.raw('attempts - 1'),
    sending_since: db.raw('case when attempts = 1 then null else sending_since end'),
  })
}

/** A mail that the mail server has taken, and what it said. */
export interface TakenEmail {
  email: ClaimedEmail
  answer: string
}

/** The mail server has taken them: what they said is wiped. */
export async function settleSent(db: Db, taken: TakenEmail[], now: number): Promise<void> {
  const answers = taken.flatMap(({ email, answer }) => [email.id, shortened(answer)])
  await theirs(
    db,
    taken.map(({ email }) => email),
  ).update({
    status: 'sent',
    sent_at: now,
    smtp_response: db.raw(`case id ${'when ? then ? '.repeat(taken.length)}end`, answers),
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
    earliest(waiting(db('emails')), 'send_after'),
    earliest(db('emails').where({ status: 'sending' }), 'sending_since'),
  ])
  const moments = [queued, sending === null ? null : sending + LOST_AFTER_MS].filter(moment => moment !== null)
  return moments.length > 0 ? Math.min(...moments) : null
}

async function claimed(trx: Db, due: Knex.QueryBuilder, now: number): Promise<ClaimedEmail[]> {
  if (isPostgres(trx)) void due.forUpdate().skipLocked()
  const rows = await trx('emails')
    .whereIn('id', due)
    .update({ status: 'sending', sending_since: now, attempts: trx.raw('attempts + 1') })
    .returning<ClaimedRow[]>(CLAIMED)
  return rows.toSorted((a, b) => a.send_after - b.send_after || a.id - b.id).map(claimedFrom)
}

/**
 * Asked for apart from those that wait, each through its index: with an "or" every mail that waits would be read and
 * sorted.
 */
function lostEmails(db: Db, now: number): Knex.QueryBuilder {
  return liveIds(db, now)
    .where({ status: 'sending' })
    .where('sending_since', '<=', now - LOST_AFTER_MS)
    .orderBy('sending_since')
}

function waitingEmails(db: Db, now: number): Knex.QueryBuilder {
  return dueEmails(liveIds(db, now), now).orderBy([{ column: 'send_after' }, { column: 'id' }])
}

function liveIds(db: Db, now: number) {
  return db('emails')
    .select('id')
    .where(live => void live.whereNull('expires_at').orWhere('expires_at', '>', now))
}

async function triedLately(db: Db, now: number): Promise<number> {
  const [row] = await db('emails')
    .where('sending_since', '>', now - MINUTE_MS)
    .count<{ tries: number }[]>({ tries: '*' })
  return row?.tries ?? 0
}

const CLAIMED = [
  'id',
  'to_name',
  'to_email',
  'subject',
  'body',
  'message_id',
  'created_at',
  'attempts',
  'send_after',
] as const

interface ClaimedRow {
  id: number
  to_name: string | null
  to_email: string
  subject: string
  body: string | null
  message_id: string
  created_at: number
  attempts: number
  send_after: number
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

/** As `mine`, for several. */
function theirs(db: Db, emails: ClaimedEmail[]) {
  const claims = emails.map(({ id, attempts }) => [id, attempts])
  return db('emails').whereIn(['id', 'attempts'], claims).where({ status: 'sending' })
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

function shortened(answer: string): string {
  return answer.replace(/\s+/g, ' ').trim().slice(0, 500)
}
