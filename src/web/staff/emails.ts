import type { Request } from 'express'
import { emailById, emailsPage, EMAIL_STATUSES, type EmailRow } from '../../core/mail/list.ts'
import { cancelEmail, retryEmail, type EmailStatus } from '../../core/mail/outbox.ts'
import { countRetriable, retryFailedEmails, writeTestEmail } from '../../core/mail/upkeep.ts'
import type { Deps } from '../shared/deps.ts'
import { notFound } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const PER_PAGE = 25
const CRUMBS: [string, string][] = [['Settings', '/staff/settings']]

const WORDS: Record<EmailStatus, string> = {
  queued: 'Waiting',
  held: 'Held',
  sending: 'Sending',
  sent: 'Sent',
  failed: 'Failed',
  cancelled: 'Cancelled',
}

/** The outbox: every mail with what became of it, and what it said with its secrets masked. */
export function emailPages(face: StaffPages): void {
  const { pages, deps } = face
  upkeepPages(face)

  pages.get('/emails', may('administer'), async (req, res) => {
    const status = EMAIL_STATUSES.find(one => one === req.query.status) ?? null
    const page = readId(req.query.page) ?? 1
    const { emails, total } = await emailsPage(deps.db, { status, page, perPage: PER_PAGE })
    if (emails.length === 0 && page > 1) return res.redirect(303, address(status, 1))
    res.page('staff/emails/list', {
      title: 'Outbox',
      tabTitle: page > 1 ? `Outbox (page ${String(page)})` : 'Outbox',
      nav: 'settings',
      crumbs: CRUMBS,
      emails: emails.map(email => ({ ...email, word: statusWord(deps, email) })),
      total,
      status: status ?? '',
      statuses: [['', 'All'], ...EMAIL_STATUSES.map(one => [one, WORDS[one]])],
      noServer: deps.config.smtpUrl === null,
      retriable: await countRetriable(deps.db),
      previous: page > 1 ? address(status, page - 1) : '',
      next: page * PER_PAGE < total ? address(status, page + 1) : '',
    })
  })

  pages.get('/emails/:id', may('administer'), async (req, res) => {
    const email = await emailById(deps.db, deps, idOf(req))
    if (!email) throw notFound()
    res.page('staff/emails/email', {
      title: email.subject,
      nav: 'settings',
      crumbs: [...CRUMBS, ['Outbox', '/staff/emails']],
      email,
      word: statusWord(deps, email),
      mayCancel: ['queued', 'held', 'failed'].includes(email.status),
    })
  })

  pages.post('/emails/:id/retry', may('administer'), async (req, res) => {
    const retried = await retryEmail(deps.db, deps, staffOf(req), idOf(req), deps.now())
    if (retried.ok) deps.wakeWorker()
    const said = retried.ok ? 'The email waits to be sent again' : 'Nothing was changed: this email has not failed'
    await redirectSaying(req, res, `/staff/emails/${String(idOf(req))}`, said)
  })

  pages.post('/emails/:id/cancel', may('administer'), async (req, res) => {
    const cancelled = await cancelEmail(deps.db, staffOf(req), idOf(req), deps.now())
    const said = cancelled.ok
      ? 'The email will not be sent'
      : 'Nothing was changed: this email can no longer be cancelled'
    await redirectSaying(req, res, `/staff/emails/${String(idOf(req))}`, said)
  })
}

/** What concerns no single mail. */
function upkeepPages({ pages, deps }: StaffPages): void {
  pages.post('/emails/test', may('administer'), async (req, res) => {
    const staff = staffOf(req)
    await writeTestEmail(deps.db, deps, staff, deps.now())
    deps.wakeWorker()
    const said = deps.config.smtpUrl === null ? 'is kept here and not sent, as no mail server is set' : 'is on its way'
    await redirectSaying(req, res, '/staff/emails', `A test email to ${staff.email} ${said}.`)
  })

  pages.post('/emails/retry-failed', may('administer'), async (req, res) => {
    const retried = await retryFailedEmails(deps.db, deps, staffOf(req), deps.now())
    deps.wakeWorker()
    const said =
      retried > 0 ? `${count(retried, 'email')} will be tried again` : 'Nothing was changed: no email has failed'
    await redirectSaying(req, res, '/staff/emails', said)
  })
}

/** "Failed: 550 no such user". The answer of the mail server is repeated where it is the reason. */
function statusWord({ config, now }: Deps, { status, answer, expiresAt }: EmailRow): string {
  if (status === 'queued' && config.smtpUrl === null) return 'Not sent: no mail server is set'
  if (answer && (status === 'failed' || status === 'queued')) return `${WORDS[status]}: ${answer}`
  if (status === 'held' && expiresAt !== null && expiresAt <= now())
    return `${WORDS[status]}: the password or link in it has expired`
  return WORDS[status]
}

function address(status: EmailStatus | null, page: number): string {
  const query = new URLSearchParams({ ...(status && { status }), ...(page > 1 && { page: String(page) }) }).toString()
  return query ? `/staff/emails?${query}` : '/staff/emails'
}

function idOf(req: Request): number {
  const id = readId(req.params.id)
  if (id === null) throw notFound()
  return id
}
