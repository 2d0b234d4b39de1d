import type { Request, Response } from 'express'
import { invitationPreview, signInDetailsPreview } from '../../core/settings/mail-preview.ts'
import {
  changeMailText,
  MAIL_TEXT_LENGTH,
  mailTexts,
  unknownPlaceholders,
  type MailText,
} from '../../core/settings/mail-texts.ts'
import { officeNow } from '../../core/settings/office.ts'
import { portalSettings } from '../../core/settings/portal-settings.ts'
import { notFound } from '../shared/errors.ts'
import { text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count, listOf } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** The mails whose words the office may add to, by the last part of their address. */
const MAILS = {
  invitation: { key: 'invitation', title: 'Invitation', preview: invitationPreview },
  'sign-in-details': { key: 'signInDetails', title: 'Mail with sign-in details', preview: signInDetailsPreview },
} as const

/** What the office adds to a mail in its own words, and how the mail reads with it. */
export function portalSettingsMailPages({ pages, deps }: StaffPages): void {
  const { db, config, now } = deps

  pages.get('/portal-settings/mails/:mail', may('administer'), async (req, res) => {
    const mail = mailAt(req)
    await showMail(req, res, (await mailTexts(db))[mail.key], [])
  })

  pages.post('/portal-settings/mails/:mail', may('administer'), async (req, res) => {
    const mail = mailAt(req)
    const words = { opening: readText(req.body, 'opening'), closing: readText(req.body, 'closing') }
    const errors = mistakesIn(words)
    if (errors.length > 0) return showMail(req, res.status(422), words, errors)
    if (text(req.body, 'act') === 'preview') return showMail(req, res, words, [])
    await changeMailText(db, staffOf(req), mail.key, words, now())
    await redirectSaying(req, res, `/staff${req.path}`, 'These words are in every such mail from now on.')
  })

  async function showMail(req: Request, res: Response, words: MailText, errors: FieldError[]): Promise<void> {
    const mail = mailAt(req)
    const office = await officeNow(db, config)
    const saved = (await mailTexts(db))[mail.key]
    const { credentials } = await portalSettings(db)
    res.page('staff/portal-settings/mail', {
      title: mail.title,
      nav: 'settings',
      crumbs: [
        ['Settings', '/staff/settings'],
        ['Portal Settings', '/staff/portal-settings'],
      ],
      errors,
      words,
      isSaved: words.opening === saved.opening && words.closing === saved.closing,
      preview: errors.length > 0 ? null : mail.preview(office, config, words, { credentials, now: now() }),
      most: MAIL_TEXT_LENGTH,
    })
  }
}

function mailAt(req: Request) {
  const name = req.params.mail
  if (typeof name !== 'string' || !Object.hasOwn(MAILS, name)) throw notFound()
  return MAILS[name as keyof typeof MAILS]
}

/** Several lines, without control characters; every line break is one character. */
function readText(body: unknown, field: keyof MailText): string {
  return text(body, field, 20_000)
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, ' ')
    .trim()
}

function mistakesIn(words: MailText): FieldError[] {
  return [...mistakesOf('opening', words.opening), ...mistakesOf('closing', words.closing)]
}

function mistakesOf(field: keyof MailText, typed: string): FieldError[] {
  const unknown = unknownPlaceholders(typed)
  if ([...typed].length > MAIL_TEXT_LENGTH)
    return [{ field, message: `Use at most ${count(MAIL_TEXT_LENGTH, 'character')} for the ${field}` }]
  if (unknown.length === 0) return []
  const names = listOf(unknown.map(one => one.slice(0, 50)))
  return [{ field, message: `Use only {name}, {portal} and {office} in braces: nothing is known for ${names}` }]
}
