import { rowsOf } from '../../db/asked.ts'
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

/** Said as the index of those that were tried in vain says it, which has no others. */
const PUT_OFF = "from emails where status = 'queued' and attempts > 0"

/** In how many minutes mails were tried that wait for another try, as the last thousands of them tell. */
const MINUTES_IN_VAIN = `select count(distinct tried.moment / 60000) from
  (select sending_since as moment ${PUT_OFF} and sending_since > ? order by sending_since desc limit 5000) as tried`

const LOOK = `select
  exists (select 1 from emails where status = 'failed' and sending_since > ?) as failed,
  (select id ${PUT_OFF} and attempts >= ? order by sending_since desc limit 1) as often,
  (select id ${PUT_OFF} order by sending_since desc limit 1) as last,
  (${MINUTES_IN_VAIN}) as minutes`

interface Look {
  failed: boolean | number
  often: number | null
  last: number | null
  minutes: number
}

/**
 * What is wrong with mail now, if anything: one failed within a day, or mails wait after several tries in vain, be it of the
 * same one or of one after the other while the server cannot be used. One statement while nothing is.
 */
export async function mailTrouble(db: Db, now: number): Promise<MailTrouble | null> {
  const since = now - DAY_MS
  const [look] = await rowsOf<Look>(db, LOOK, [since, TRIES_IN_VAIN, since])
  if (!look) throw new Error('The database gave back no row')
  if (look.failed) return { kind: 'failed' }
  if (look.often !== null) return { kind: 'waiting', emailId: look.often }
  if (look.last === null || look.minutes < TRIES_IN_VAIN) return null
  return (await nothingGetsThrough(db, since)) ? { kind: 'waiting', emailId: look.last } : null
}

/** Whether tries were in vain in several minutes since a mail was last taken: within one, a server may put off a few. */
async function nothingGetsThrough(db: Db, since: number): Promise<boolean> {
  const taken = await db('emails')
    .where({ status: 'sent' })
    .where('sending_since', '>', since)
    .orderBy('sending_since', 'desc')
    .first<{ sending_since: number } | undefined>('sending_since')
  const [row] = await rowsOf<{ minutes: number }>(db, `select (${MINUTES_IN_VAIN}) as minutes`, [
    taken?.sending_since ?? since,
  ])
  return (row?.minutes ?? 0) >= TRIES_IN_VAIN
}
