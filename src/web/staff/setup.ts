import type { Request, Response } from 'express'
import { emailKey } from '../../core/email-address.ts'
import { oneLine } from '../../core/names.ts'
import { PASSWORD_LENGTH } from '../../core/passwords.ts'
import { createFirstAdmin, setupLinkIsOpen, type NewAdmin } from '../../core/team/accounts.ts'
import { PageError } from '../shared/errors.ts'
import { text, typedPassword, type FieldError, type Reading } from '../shared/forms.ts'
import { passwordAdvice } from '../shared/password-words.ts'
import type { StaffPages } from './face.ts'

const CLOSED = new PageError(
  410,
  'This set-up link does not work any more',
  'It works once, for one hour, and only until there is a first administrator. Start Portico again to get a new one, or sign in.',
)

/** Making the first administrator with the one-time link that the server prints when it starts. */
export function setupPages({ pages, deps }: StaffPages): void {
  pages.get('/setup/:token', async (req, res) => {
    if (!(await setupLinkIsOpen(deps.db, req.params.token, deps.now()))) throw CLOSED
    showForm(req, res, [])
  })

  pages.post('/setup/:token', async (req, res) => {
    if (!(await setupLinkIsOpen(deps.db, req.params.token, deps.now()))) throw CLOSED
    const form = readAdmin(req.body)
    if (!form.ok) return showForm(req, res.status(422), form.errors)
    const made = await createFirstAdmin(deps.db, deps.passwords, req.params.token, form.values, deps.now())
    if (made.ok) return res.redirect(303, '/staff/sign-in')
    if (made.error === 'link-closed') throw CLOSED
    showForm(req, res.status(422), [{ field: 'password', message: passwordAdvice(made.error, PASSWORD_LENGTH.staff) }])
  })
}

function readAdmin(body: unknown): Reading<NewAdmin> {
  const values = {
    name: oneLine(text(body, 'name', 200)),
    email: text(body, 'email', 254),
    password: typedPassword(body, 'password'),
  }
  const errors: FieldError[] = []
  if (!values.name) errors.push({ field: 'name', message: 'Enter your name' })
  if (!emailKey(values.email)) errors.push({ field: 'email', message: 'Enter an email address like name@example.com' })
  if (!values.password) errors.push({ field: 'password', message: passwordAdvice('too-short', PASSWORD_LENGTH.staff) })
  return errors.length > 0 ? { ok: false, errors } : { ok: true, values }
}

function showForm(req: Request, res: Response, errors: FieldError[]): void {
  res.page('staff/setup', {
    title: 'Set up Portico',
    errors,
    token: req.params.token,
    name: text(req.body, 'name'),
    email: text(req.body, 'email'),
    least: PASSWORD_LENGTH.staff,
  })
}
