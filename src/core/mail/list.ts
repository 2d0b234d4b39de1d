import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import {
  countedUpTo,
  inOrderOf,
  stretchOfIds,
  type Counted,
  type ListOrder,
  type Stretch,
  type Stretched,
} from '../stretch.ts'
import { openedBody, type EmailStatus, type OutboxDeps } from './outbox.ts'

export const EMAIL_STATUSES: readonly EmailStatus[] = ['queued', 'held', 'sending', 'sent', 'failed', 'cancelled']

/** One row of the outbox. `answer` is what the mail server said last. */
export interface EmailRow {
  id: number
  toName: string | null
  toEmail: string
  subject: string
  status: EmailStatus
  answer: string | null
  createdAt: number
  sendAfter: number
  sentAt: number | null
  /** When what it says is over; null when it is not. */
  expiresAt: number | null
}

/** How many mails are in one state, or in any. */
export function countEmails(db: Db, status: EmailStatus | null): Promise<Counted> {
  return countedUpTo(db, emailsIn(db, status))
}

/** One page of the mails in one state, or in any, the newest first; one past the end is empty. */
export async function emailsPage(db: Db, status: EmailStatus | null, stretch: Stretch): Promise<Stretched<EmailRow>> {
  const { rows: ids, next } = await stretchOfIds(db, emailsIn(db, status), NEWEST_FIRST, stretch)
  if (ids.length === 0) return { rows: [], next }
  const rows = await db('emails').whereIn('id', ids).select<EmailRow[]>(ROW)
  return { rows: inOrderOf(ids, rows), next }
}

/** The mails in one state, or in any, as a query to count and page. */
export function emailsIn(db: Db, status: EmailStatus | null): Knex.QueryBuilder {
  return db('emails').where(status ? { status } : {})
}

export const NEWEST_FIRST: ListOrder = { table: 'emails', by: [], descending: true }

/**
 * One mail as staff may read it. `whole`: nothing is masked, which is only so where no mail can be sent and nothing is
 * real. `mayRetry`: it failed, and what it says is still known.
 */
export interface Email extends EmailRow {
  text: string
  whole: boolean
  mayRetry: boolean
}

/**
 * A mail with its secrets masked; outside production and without a mail server, where it can only be read here, in
 * full.
 */
export async function emailById(db: Db, deps: OutboxDeps, id: number): Promise<Email | null> {
  const row = await db('emails')
    .where({ id })
    .first<(EmailRow & { body: string | null; maskedText: string }) | undefined>([
      ...ROW,
      'body',
      'masked_text as maskedText',
    ])
  if (!row) return null
  const { body, maskedText, ...email } = row
  const mayRetry = email.status === 'failed' && body !== null
  const isLocal = deps.config.smtpUrl === null && !deps.config.production
  if (!isLocal || body === null) return { ...email, mayRetry, text: maskedText, whole: false }
  return { ...email, mayRetry, text: openedBody(deps.config, body).text, whole: true }
}

const ROW = [
  'id',
  'to_name as toName',
  'to_email as toEmail',
  'subject',
  'status',
  'smtp_response as answer',
  'created_at as createdAt',
  'send_after as sendAfter',
  'sent_at as sentAt',
  'expires_at as expiresAt',
]
