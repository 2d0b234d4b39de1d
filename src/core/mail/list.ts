import type { Db } from '../../db/index.ts'
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

export interface EmailsPage {
  emails: EmailRow[]
  total: number
}

/** Mails in one state, or in any, the newest first. `page` counts from 1; a page past the end is empty. */
export async function emailsPage(
  db: Db,
  { status, page, perPage }: { status: EmailStatus | null; page: number; perPage: number },
): Promise<EmailsPage> {
  const found = db('emails').where(status ? { status } : {})
  const counted = await found.clone().count<{ total: number }[]>({ total: '*' })
  const emails = await found
    .clone()
    .select<EmailRow[]>(ROW)
    .orderBy('id', 'desc')
    .limit(perPage)
    .offset((page - 1) * perPage)
  return { emails, total: counted[0]?.total ?? 0 }
}

/** One mail as staff may read it. `whole`: nothing is masked, which is only so where no mail can be sent and nothing is real. `mayRetry`: it failed, and what it says is still known. */
export interface Email extends EmailRow {
  text: string
  whole: boolean
  mayRetry: boolean
}

/** A mail with its secrets masked; outside production and without a mail server, where it can only be read here, in full. */
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
