import type { Request } from 'express'
import { countEmails, emailById, emailsPage, EMAIL_STATUSES, type EmailRow } from '../../core/mail/list.ts'
import { cancelEmail, retryEmail, type EmailStatus } from '../../core/mail/outbox.ts'
import { mailPausedSince, resumeMail } from '../../core/mail/pause.ts'
import { countWaiting } from '../../core/mail/waiting.ts'
import { countRetriable, retryFailedEmails, writeTestEmail } from '../../core/mail/upkeep.ts'
import type { Deps } from '../shared/deps.ts'
import { notFound } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { readBeside, readPage, stretchPaging } from '../shared/paging.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

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
    const asked = { page: readPage(req.query.page), perPage: staffOf(req).rowsPerPage, beside: readBeside(req.query) }
    const [counted, { rows: emails, next }] = await Promise.all([
      countEmails(deps.db, status),
      emailsPage(deps.db, status, asked),
    ])
    if (emails.length === 0 && asked.page > 1) return res.redirect(303, address(status))
    const lie = stretchPaging(counted, asked, { ids: emails.map(email => email.id), next })
    res.page('staff/emails/list', {
      title: 'Outbox',
      tabTitle: lie.page > 1 ? `Outbox (page ${String(lie.page)})` : 'Outbox',
      nav: 'settings',
      crumbs: CRUMBS,
      emails: emails.map(email => ({ ...email, word: statusWord(deps, email) })),
      paging: lie,
      base: `${address(status)}${status ? '&' : '?'}`,
      status: status ?? '',
      statuses: [['', 'All'], ...EMAIL_STATUSES.map(one => [one, WORDS[one]])],
      noServer: deps.config.smtpUrl === null,
      retriable: await countRetriable(deps.db),
      pausedSince: await mailPausedSince(deps.db),
      waiting: await countWaiting(deps.db, deps.now()),
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
    const paused = (await mailPausedSince(deps.db)) !== null
    const said = deps.config.smtpUrl === null ? 'is kept here and not sent, as no mail server is set' : 'is on its way'
    const waits = 'waits until you press “Send waiting mail”'
    await redirectSaying(req, res, '/staff/emails', `A test email to ${staff.email} ${paused ? waits : said}.`)
  })

  pages.post('/emails/resume', may('administer'), async (req, res) => {
    const resumed = await resumeMail(deps.db, deps, staffOf(req), deps.now())
    deps.wakeWorker()
    const said = resumed.ok ? 'Mail goes out again' : 'Nothing was changed: mail goes out already'
    await redirectSaying(req, res, '/staff/emails', said)
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

function address(status: EmailStatus | null): string {
  return status ? `/staff/emails?status=${status}` : '/staff/emails'
}

function idOf(req: Request): number {
  const id = readId(req.params.id)
  if (id === null) throw notFound()
  return id
}
