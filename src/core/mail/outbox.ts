import { randomUUID } from 'node:crypto'
import type { Config } from '../../config.ts'
import { insertMany, type BulkRow } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { enqueue } from '../jobs/queue.ts'
import { oneLine } from '../names.ts'
import { ok, refused, type Result } from '../result.ts'
import { derivedKey, sealed, unsealed } from '../secrets.ts'
import { pageOf, textOf, type Message, type Part } from './compose.ts'
import { LOST_AFTER_MS } from './delivery.ts'

export type EmailStatus = 'queued' | 'held' | 'sending' | 'sent' | 'failed' | 'cancelled'

/** Mails are long: this many make a statement of a few megabytes. */
const AT_ONCE = 1000

/** As long as a mail with a secret is worth sending, unless it says otherwise: a temporary password lasts a week. */
const SECRET_MS = 7 * 86_400_000

/** One mail to one person. A `held` one waits until it is released. */
export interface NewEmail {
  to: { name: string; email: string }
  message: Message
  portalUserId?: number
  importId?: number
  invitationId?: number
  batchId?: number | null
  held?: boolean
  /** When what it says is over, in ms: after that it is not sent any more. Null for what begins when it is sent. */
  expiresAt?: number | null
}

export interface OutboxDeps {
  config: Config
}

/** What a mail says, and as whose: each try sends the same, whatever is set differently by then. */
export interface EmailBody {
  text: string
  html: string
  from: { name: string; address: string }
}

/** What is sealed in the row. Rows of before hold text and HTML instead of what both are made of. */
type Sealed = { title: string; parts: Part[]; from: EmailBody['from'] } | (Omit<EmailBody, 'from'> & Partial<EmailBody>)

/**
 * Writes mails down in the transaction of the change they tell of, many in a statement; nothing is sent here. What they say
 * is kept sealed until the mail server has taken it, and with its secrets masked for staff to read.
 */
export async function putInOutbox(trx: Db, deps: OutboxDeps, emails: NewEmail[], now: number): Promise<void> {
  const write = writerOf(deps.config)
  for (let start = 0; start < emails.length; start += AT_ONCE) {
    const rows = emails.slice(start, start + AT_ONCE).map(email => rowOf(write, email, now))
    await insertMany(trx, 'emails', Object.keys(rows[0] ?? {}), rows)
  }
  if (emails.some(email => !email.held)) await askToSend(trx, deps, now)
}

/**
 * Lets the held mails of an import go out, and says how many there were. Safe to do twice: the second time none are
 * left.
 */
export async function releaseHeldEmails(trx: Db, deps: OutboxDeps, importId: number, now: number): Promise<number> {
  const released = await trx('emails')
    .where({ import_id: importId, status: 'held' })
    .update({ status: 'queued', send_after: now })
  if (released > 0) await askToSend(trx, deps, now)
  return released
}

/** Tries a mail again that the mail server refused. Refused with 'not-failed' when it is in any other state by now. */
export function retryEmail(
  db: Db,
  deps: OutboxDeps,
  staff: Staff,
  id: number,
  now: number,
): Promise<Result<null, 'not-failed'>> {
  return db.transaction(async trx => {
    const changed = await trx('emails')
      .where({ id, status: 'failed' })
      .whereNotNull('body')
      .update({ status: 'queued', send_after: now, attempts: 0, smtp_response: null })
    if (changed === 0) return refused('not-failed')
    await record(trx, staff, 'email.retried', { type: 'email', id }, {}, now)
    await askToSend(trx, deps, now)
    return ok(null)
  })
}

/** Gives up a mail that has not left, and wipes what it says. Refused with 'too-late' once it is being sent. */
export function cancelEmail(db: Db, staff: Staff, id: number, now: number): Promise<Result<null, 'too-late'>> {
  return db.transaction(async trx => {
    const changed = await trx('emails')
      .where({ id })
      .whereIn('status', ['queued', 'held', 'failed'])
      .update({ status: 'cancelled', body: null, body_purged_at: now })
    if (changed === 0) return refused('too-late')
    await record(trx, staff, 'email.cancelled', { type: 'email', id }, {}, now)
    return ok(null)
  })
}

/**
 * Gives up mails whose secrets are over, and wipes them: a link of last month helps nobody, whenever a server is set. Sign-in
 * details that wait for their portal are wiped too but go on waiting: new ones are made when they are released.
 */
export async function cancelExpiredEmails(db: Db, now: number): Promise<void> {
  await db('emails')
    .where('expires_at', '<=', now)
    .whereNotExists(waitingForPortal(db))
    .where(
      left =>
        void left
          .whereIn('status', ['queued', 'held', 'failed'])
          .orWhere(lost => void lost.where({ status: 'sending' }).where('sending_since', '<=', now - LOST_AFTER_MS)),
    )
    .update({ status: 'cancelled', body: null, body_purged_at: now })
  await db('emails')
    .where({ status: 'held' })
    .where('expires_at', '<=', now)
    .whereNotNull('body')
    .update({ body: null, body_purged_at: now })
}

/**
 * Asks the background work to send what is due, from `runAt` on. Without a mail server there is nothing to ask for. Two
 * requests for the same later moment are one; requests for now are not joined, as a run under way may be past its last look.
 */
export async function askToSend(trx: Db, deps: OutboxDeps, now: number, runAt = now): Promise<void> {
  if (deps.config.smtpUrl === null) return
  await enqueue(trx, 'send-emails', {}, now, runAt > now ? { runAt, uniqueKey: `send-emails ${String(runAt)}` } : {})
}

/** What a mail says, from its row. Throws when the secret of this installation is another one by now. */
export function openedBody(config: Config, body: string): EmailBody {
  const said = JSON.parse(unsealed(outboxKey(config), body)) as Sealed
  const from = said.from ?? { name: config.officeName, address: config.mailFrom }
  if (!('parts' in said)) return { text: said.text, html: said.html, from }
  return { text: textOf(said.parts), html: pageOf(said.title, said.parts), from }
}

/**
 * In a query over emails: whom such a mail is for, if it is sign-in details that are held, and they have not chosen a password
 * by other means yet. Those of an import have their own end.
 */
function waitingForPortal(db: Db) {
  return db('portal_users')
    .whereRaw('portal_users.id = emails.portal_user_id')
    .whereRaw("emails.status = 'held' and emails.template = 'sign-in-details' and emails.import_id is null")
    .where('portal_users.must_change_password', true)
    .select(db.raw('1'))
}

/** What all mails of one putting have in common. */
interface Writer {
  key: Buffer
  from: EmailBody['from']
  host: string
}

function writerOf(config: Config): Writer {
  const from = { name: config.officeName, address: config.mailFrom }
  return { key: outboxKey(config), from, host: new URL(config.baseUrl).hostname }
}

function rowOf({ key, from, host }: Writer, email: NewEmail, now: number): BulkRow {
  const { to, message, held, expiresAt } = email
  const said: Sealed = { title: message.subject, parts: message.parts, from }
  return {
    to_name: oneLine(to.name),
    to_email: to.email,
    template: message.template,
    subject: oneLine(message.subject),
    body: sealed(key, JSON.stringify(said)),
    masked_text: masked(message),
    portal_user_id: email.portalUserId ?? null,
    import_id: email.importId ?? null,
    invitation_id: email.invitationId ?? null,
    batch_id: email.batchId ?? null,
    status: held ? 'held' : 'queued',
    send_after: now,
    expires_at: expiresAt === undefined && message.secrets.length > 0 ? now + SECRET_MS : (expiresAt ?? null),
    attempts: 0,
    message_id: `<${randomUUID()}@${host}>`,
    created_at: now,
  }
}

function outboxKey(config: Config): Buffer {
  return derivedKey(config.appSecret, 'outbox')
}

function masked({ text, secrets }: Message): string {
  return secrets.filter(secret => secret !== '').reduce((so, secret) => so.replaceAll(secret, '••••'), text)
}
