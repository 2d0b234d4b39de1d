import { createHash } from 'node:crypto'
import type { Config } from '../../config.ts'
import { isBusy } from '../../db/index.ts'
import { failpoint } from '../../failpoints.ts'
import { emailKey } from '../email-address.ts'
import { keepJobGettingOn, type Job } from '../jobs/queue.ts'
import type { Kind, WorkerDeps } from '../jobs/worker.ts'
import { mailsAhead, together, type MailsAhead } from './ahead.ts'
import {
  claimEmails,
  giveBackEmails,
  LOST_AFTER_MS,
  nextDue,
  nextTurn,
  settleFailed,
  settleLater,
  settleSent,
  type ClaimedEmail,
  type TakenEmail,
} from './delivery.ts'
import { askToSend, cancelExpiredEmails, openedBody, type EmailBody } from './outbox.ts'
import { mailPausedSince } from './pause.ts'
import { AT_ONCE, mailTransport, PATIENCE, whyNot, type Patience, type SmtpError, type Transport } from './transport.ts'

const SECOND_MS = 1000
const RUN_MS = 10 * SECOND_MS
const REST_MS = 60 * SECOND_MS

/**
 * Mails claimed ahead of those: claimed and not yet on their way, they wait two minutes when this process is killed.
 */
const CLAIMED_AT_ONCE = 24

/** How long a mail that was taken waits for those beside it, to be recorded with the same commit. */
const GATHERED_MS = 3

export interface MailDeps extends WorkerDeps {
  config: Config
  /** With mail servers; only tests have less. */
  patience?: Patience
}

/**
 * Sends what is due, a few mails at a time, and asks to be run again when the next one is. It stops early to let other work
 * have its turn, tries no more in a minute than it may, and rests a minute when the mail server cannot be reached or refuses
 * our login: the rest would fare no better.
 */
export const sendEmails: Kind<MailDeps> = {
  lane: 'outside',
  async run(job, deps, stopping) {
    if (deps.config.smtpUrl === null || (await mailPausedSince(deps.db)) !== null) return
    await cancelExpiredEmails(deps.db, deps.now())
    const transport = await mailTransport(deps.config.smtpUrl, deps.patience ?? PATIENCE, stopping)
    try {
      const soonest = await sendDue(senderOf(transport, deps), job, stopping)
      const next = await nextDue(deps.db)
      if (next !== null) await askToSend(deps.db, deps, deps.now(), Math.max(next, soonest))
    } finally {
      transport.close()
    }
  },
  async gaveUp(_job, deps) {
    await askToSend(deps.db, deps, deps.now(), deps.now() + 10 * REST_MS)
  },
}

/** What it takes to send one mail and write down what became of it. */
interface Sender {
  transport: Transport
  deps: MailDeps
  /** Resolves when it is in the database: until then this mail is on its way, and its place is taken. */
  recordSent: (taken: TakenEmail) => Promise<void>
}

function senderOf(transport: Transport, deps: MailDeps): Sender {
  const record = (taken: TakenEmail[]): Promise<void> => settleSent(deps.db, taken, deps.now())
  return { transport, deps, recordSent: together(record, { most: AT_ONCE, waitMs: GATHERED_MS }) }
}

/**
 * One mail goes first: a server that cannot be used is asked once. The answer is the moment before which it is no use to go
 * on.
 */
async function sendDue(sender: Sender, job: Job, stopping: AbortSignal): Promise<number> {
  const { db, config, now } = sender.deps
  const perMinute = config.mailPerMinute
  const end = now() + RUN_MS
  failpoint('mail.claiming')
  const [first] = await claimEmails(db, { perMinute, most: 1 }, now())
  if (first && !(await sendOne(sender, first))) return now() + REST_MS
  if (first) {
    await keepJobGettingOn(db, job, now())
    const claim = () => claimEmails(db, { perMinute, most: CLAIMED_AT_ONCE }, now())
    const mails = mailsAhead(claim, AT_ONCE, () => stopping.aborted || now() >= end)
    if (!(await sendAll(sender, mails))) return now() + REST_MS
  }
  return nextTurn(db, perMinute, now())
}

/** Whether the mail server could be used to the end. */
async function sendAll(sender: Sender, mails: MailsAhead): Promise<boolean> {
  const lanes = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => sendNext(sender, mails)))
  await giveBackEmails(sender.deps.db, await mails.left())
  const broken = lanes.find(lane => lane.status === 'rejected')
  if (broken) throw broken.reason
  return lanes.every(lane => lane.status === 'fulfilled' && lane.value)
}

/** One mail after the other, as long as there are any; the first that cannot be sent stops the others too. */
async function sendNext(sender: Sender, mails: MailsAhead): Promise<boolean> {
  try {
    for (let email = await mails.next(); email; email = await mails.next()) {
      if (!(await sendOne(sender, email))) return false
    }
    return true
  } finally {
    mails.stop() // there is none left, or none should be tried
  }
}

async function sendOne({ transport, deps, recordSent }: Sender, email: ClaimedEmail): Promise<boolean> {
  const address = emailKey(email.toEmail)
  const body = bodyOf(deps.config, email)
  if (!address) return settled(deps, email, 'This is not one plain email address')
  if (!body) return settled(deps, email, 'What it said cannot be opened any more')
  failpoint('mail.claimed')
  const sent = await transport.send(envelopeAndLetter(email, address, body)).catch((error: SmtpError) => error)
  if (typeof sent !== 'string') return refusedBy(sent, deps, email)
  failpoint('mail.taken')
  await recorded(recordSent, { email, answer: sent }, deps)
  failpoint('mail.settled')
  return true
}

/**
 * What the server has taken is not sent again because somebody writes all the time: it is written down once they are
 * done.
 */
async function recorded(record: Sender['recordSent'], taken: TakenEmail, { now }: MailDeps): Promise<void> {
  const until = now() + LOST_AFTER_MS / 2
  for (;;) {
    try {
      return await record(taken)
    } catch (error) {
      if (!isBusy(error) || now() > until) throw error
    }
  }
}

async function settled(deps: MailDeps, email: ClaimedEmail, why: string): Promise<true> {
  await settleFailed(deps.db, email, why, deps.now())
  return true
}

function bodyOf(config: Config, { body }: ClaimedEmail): EmailBody | null {
  try {
    return body === null ? null : openedBody(config, body)
  } catch {
    return null // sealed under another secret
  }
}

/** The same bytes at every try, so that a copy sent twice is known to be one. */
function envelopeAndLetter(email: ClaimedEmail, address: string, { text, html, from }: EmailBody) {
  return {
    envelope: { from: from.address, to: [address] },
    from,
    to: { name: email.toName ?? '', address },
    subject: email.subject,
    text,
    html,
    messageId: email.messageId,
    date: new Date(email.createdAt),
    baseBoundary: createHash('sha256').update(email.messageId).digest('hex').slice(0, 32),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
  }
}

async function refusedBy(error: SmtpError, { db, log, now }: MailDeps, email: ClaimedEmail): Promise<boolean> {
  const answer = whyNot(error)
  if (isAboutThisMail(error) && (error.responseCode ?? 0) >= 500) {
    await settleFailed(db, email, answer, now())
    return true
  }
  await settleLater(db, email, answer, now())
  if (isAboutThisMail(error)) return true
  log.warn({ err: error }, 'the mail server could not be used')
  return false
}

/** Whether the server refused this mail or its reader, rather than us, our sender address or our login. */
function isAboutThisMail({ code, command, responseCode }: SmtpError): boolean {
  if (responseCode === undefined || responseCode === 421 || command === 'MAIL FROM') return false
  return code === 'EENVELOPE' || code === 'EMESSAGE'
}
