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

/** Some mails failed, or some wait after tries in vain: `emailId` is the last of them that was tried. */
export type MailTrouble = { kind: 'failed' } | { kind: 'waiting'; emailId: number }

/**
 * What is wrong with mail now, if anything: one failed within a day, or mails wait after several tries in vain, be it of the
 * same one or of one after the other while the server cannot be used.
 */
export async function mailTrouble(db: Db, now: number): Promise<MailTrouble | null> {
  const failed: unknown = await db('emails')
    .where({ status: 'failed' })
    .where('sending_since', '>', now - DAY_MS)
    .first('id')
  if (failed !== undefined) return { kind: 'failed' }
  const putOff = await db('emails')
    .where({ status: 'queued' })
    .where('attempts', '>=', TRIES_IN_VAIN)
    .whereNotNull('sending_since')
    .orderBy('sending_since', 'desc')
    .first<{ id: number } | undefined>('id')
  if (putOff) return { kind: 'waiting', emailId: putOff.id }
  return (await nothingGetsThrough(db, now)) ? lastTried(db) : null
}

async function lastTried(db: Db): Promise<MailTrouble | null> {
  const row = await db('emails')
    .where({ status: 'queued' })
    .where('attempts', '>', 0)
    .whereNotNull('sending_since')
    .orderBy('sending_since', 'desc')
    .first<{ id: number } | undefined>('id')
  return row ? { kind: 'waiting', emailId: row.id } : null
}

/**
 * Whether tries were in vain in several minutes since a mail was last taken: within one, a server may put off a few.
 */
async function nothingGetsThrough(db: Db, now: number): Promise<boolean> {
  if ((await minutesInVain(db, now - DAY_MS)) < TRIES_IN_VAIN) return false
  const taken = await db('emails')
    .where({ status: 'sent' })
    .where('sending_since', '>', now - DAY_MS)
    .orderBy('sending_since', 'desc')
    .first<{ sending_since: number } | undefined>('sending_since')
  return (await minutesInVain(db, taken?.sending_since ?? now - DAY_MS)) >= TRIES_IN_VAIN
}

/** In how many minutes mails were tried that wait for another try. */
async function minutesInVain(db: Db, since: number): Promise<number> {
  const [row] = await db('emails')
    .where({ status: 'queued' })
    .where('attempts', '>', 0)
    .where('sending_since', '>', since)
    .select<{ minutes: number }[]>(db.raw('count(distinct sending_since / 60000) as minutes'))
  return row?.minutes ?? 0
}
