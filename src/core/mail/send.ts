import { createHash } from 'node:crypto'
import type { Config } from '../../config.ts'
import { emailKey } from '../email-address.ts'
import type { Kind, WorkerDeps } from '../jobs/worker.ts'
import { claimEmail, nextDue, nextTurn, settleFailed, settleLater, settleSent, type ClaimedEmail } from './delivery.ts'
import { askToSend, cancelExpiredEmails, openedBody, type EmailBody } from './outbox.ts'
import { mailPausedSince } from './pause.ts'

const SECOND_MS = 1000
const RUN_MS = 10 * SECOND_MS
const REST_MS = 60 * SECOND_MS

export interface MailDeps extends WorkerDeps {
  config: Config
}

/**
 * Sends what is due, one mail at a time, and asks to be run again when the next one is. It stops early to let other work
 * have its turn, tries no more in a minute than it may, and rests a minute when the mail server cannot be reached or refuses
 * our login: the rest would fare no better.
 */
export const sendEmails: Kind<MailDeps> = {
  async run(_job, deps) {
    if (deps.config.smtpUrl === null || (await mailPausedSince(deps.db)) !== null) return
    await cancelExpiredEmails(deps.db, deps.now())
    const transport = await mailTransport(deps.config.smtpUrl)
    try {
      const soonest = await sendDue(transport, deps)
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

type Transport = Awaited<ReturnType<typeof mailTransport>>

async function mailTransport(url: string) {
  const { createTransport } = await import('nodemailer')
  return createTransport({
    pool: true,
    url,
    maxConnections: 1,
    connectionTimeout: 10 * SECOND_MS,
    greetingTimeout: 10 * SECOND_MS,
    socketTimeout: 60 * SECOND_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
}

/** The answer is the moment before which it is no use to go on. */
async function sendDue(transport: Transport, deps: MailDeps): Promise<number> {
  const end = deps.now() + RUN_MS
  while (deps.now() < end) {
    const turn = await nextTurn(deps.db, deps.config.mailPerMinute, deps.now())
    if (turn > deps.now()) return turn
    const email = await claimEmail(deps.db, deps.now())
    if (!email) break
    if (!(await sendOne(transport, deps, email))) return deps.now() + REST_MS
  }
  return deps.now()
}

async function sendOne(transport: Transport, deps: MailDeps, email: ClaimedEmail): Promise<boolean> {
  const address = emailKey(email.toEmail)
  const body = bodyOf(deps.config, email)
  if (!address) return settled(deps, email, 'This is not one plain email address')
  if (!body) return settled(deps, email, 'What it said cannot be opened any more')
  try {
    const sent = await transport.sendMail(envelopeAndLetter(email, address, body))
    await settleSent(deps.db, email, sent.response, deps.now())
    return true
  } catch (error) {
    return refusedBy(error as SmtpError, deps, email)
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

interface SmtpError extends Error {
  code?: string
  responseCode?: number
  command?: string
  response?: string
}

async function refusedBy(error: SmtpError, { db, log, now }: MailDeps, email: ClaimedEmail): Promise<boolean> {
  const answer = error.response ?? error.message
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
