import type { Request, Response } from 'express'
import { Strategy } from 'passport-local'
import type { Staff } from '../../core/actors.ts'
import { endSessionHere } from '../../core/sessions/own.ts'
import { enterWithPassword } from '../../core/sign-in.ts'
import { staffOfSession, staffWithPassword } from '../../core/team/accounts.ts'
import { codeThrottle } from '../shared/code-throttle.ts'
import type { FieldError } from '../shared/forms.ts'
import { rawText, text, typedPassword } from '../shared/forms.ts'
import { safeNext } from '../shared/page.ts'
import { beginSecondStep } from '../shared/second-step.ts'
import { signIn, signOut, type Authenticator } from '../shared/session.ts'
import { signInCodePages } from '../shared/sign-in-code.ts'
import { waitSentence } from '../shared/sign-in-throttle.ts'
import type { StaffPages } from './face.ts'
import { isStaff, staffOf } from './guard.ts'
import { staffThrottle } from './throttle.ts'

const WRONG = 'Check your email address and password: this pair does not match an account'

export function signInPages({ pages, deps }: StaffPages, passport: Authenticator): void {
  const throttle = staffThrottle(deps)
  passport.use(
    new Strategy({ usernameField: 'email', passReqToCallback: true }, (req, _email, _password, done) => {
      const [email, password] = [text(req.body, 'email', 254), typedPassword(req.body, 'password')]
      staffWithPassword(deps.db, deps.passwords, email, password, req.ip ?? null).then(
        staff => done(null, (staff as Express.User | null) ?? false),
        (error: unknown) => done(error),
      )
    }),
  )

  pages.get('/sign-in', (req, res) => {
    if (isStaff(req.user)) return res.redirect(303, '/staff')
    showForm(req, res, [])
  })

  pages.post('/sign-in', async (req, res, next) => {
    const email = text(req.body, 'email', 254)
    const until = await throttle.take(req, email)
    if (until !== null) {
      res
        .status(429)
        .set('Retry-After', String(Math.ceil((Math.min(until, deps.now() + 3_600_000) - deps.now()) / 1000)))
      return showForm(req, res, [{ field: 'email', message: waitSentence(until, deps.now()) }])
    }
    const check = passport.authenticate('local', (error: unknown, found: Staff | false | null) => {
      if (error) return next(error)
      if (!found) return void showWrong(req, res, email).catch(next)
      enter(req, res, found, email).catch(next)
    }) as (req: Request, res: Response, next: (error?: unknown) => void) => void
    check(req, res, next)
  })

  signInCodePages<Staff>({
    pages,
    deps,
    base: '/staff',
    load: ({ id, sessionVersion }, req) => staffOfSession(deps.db, id, sessionVersion, req.ip ?? null),
    throttle: codeThrottle(deps, 'staff'),
    showSignIn: (req, res) => showForm(req, res, []),
    firstPage: () => Promise.resolve('/staff'),
  })

  async function showWrong(req: Request, res: Response, email: string): Promise<void> {
    await throttle.failed(req, email)
    showForm(req, res.status(401), [{ field: 'email', message: WRONG }])
  }

  async function enter(req: Request, res: Response, staff: Staff, email: string): Promise<void> {
    const next = safeNext(deps, rawText(req.body, 'next', 2000), '/staff')
    if (staff.hasSecondFactor) {
      await throttle.forget(email)
      await beginSecondStep(req, staff, next, deps.now())
      return res.redirect(303, '/staff/sign-in/code')
    }
    await enterWithPassword(deps.db, deps, staff, deps.now())
    await signIn(req, staff)
    res.redirect(303, next ?? '/staff')
  }

  function showForm(req: Request, res: Response, errors: FieldError[]): void {
    res.page('staff/sign-in', {
      title: 'Sign in',
      errors,
      again: req.query.again === '1' && errors.length === 0,
      late: /^\/sign-in\/./.test(req.path),
      email: text(req.body, 'email', 254),
      next: safeNext(deps, rawText(req.body, 'next', 2000) || req.query.next, '/staff') ?? '',
    })
  }
}

export function signOutPages({ pages, deps }: StaffPages): void {
  pages.post('/sign-out', async (req, res) => {
    await endSessionHere(deps.db, staffOf(req), req.sessionID, deps.now())
    await signOut(req, res)
    res.redirect(303, '/staff/sign-in')
  })
}
