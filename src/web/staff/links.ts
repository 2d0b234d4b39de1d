import type { Request, Response } from 'express'
import { oneLine } from '../../core/names.ts'
import { PASSWORD_LENGTH } from '../../core/passwords.ts'
import { linkOwner, spendLink, type LinkOwner } from '../../core/team/links.ts'
import { codeThrottle } from '../shared/code-throttle.ts'
import { PageError } from '../shared/errors.ts'
import { text, typedPassword, type FieldError } from '../shared/forms.ts'
import { passwordAdvice } from '../shared/password-words.ts'
import type { StaffPages } from './face.ts'
import { staffThrottle } from './throttle.ts'

const CLOSED = new PageError(
  410,
  'This link does not work any more',
  'It works once, for seven days, and only until a newer one is made. Ask an administrator of your office for a new one, or sign in.',
)

/** Choosing a password with a one-use link. Opening the link changes nothing: only a good password spends it. */
export function linkPages({ pages, deps }: StaffPages): void {
  const throttle = staffThrottle(deps)
  const codes = codeThrottle(deps, 'staff')

  pages.get('/links/:token', async (req, res) => {
    const owner = await linkOwner(deps.db, req.params.token, deps.now())
    if (!owner) throw CLOSED
    showForm(req, res, owner, owner.name, [])
  })

  pages.post('/links/:token', async (req, res) => {
    const owner = await linkOwner(deps.db, req.params.token, deps.now())
    if (!owner) throw CLOSED
    const name = oneLine(text(req.body, 'name', 100))
    if (owner.purpose === 'invite' && !name)
      return showForm(req, res.status(422), owner, name, [{ field: 'name', message: 'Enter your name' }])
    const given = { token: req.params.token, name, password: typedPassword(req.body, 'password'), ip: req.ip ?? null }
    const spent = await spendLink(deps.db, deps.passwords, given, deps.now())
    if (spent.ok) {
      await throttle.forget(owner.email)
      await codes.forget({ kind: 'staff', id: owner.id })
      return res.redirect(303, '/staff/sign-in')
    }
    if (spent.error === 'link-closed') throw CLOSED
    const message = passwordAdvice(spent.error, PASSWORD_LENGTH.staff)
    showForm(req, res.status(422), owner, name, [{ field: 'password', message }])
  })
}

function showForm(req: Request, res: Response, owner: LinkOwner, name: string, errors: FieldError[]): void {
  const title = owner.purpose === 'invite' ? 'Join Portico' : 'Choose a new password'
  const { token } = req.params
  res.page('staff/team/link', { title, errors, token, owner, name, least: PASSWORD_LENGTH.staff })
}
