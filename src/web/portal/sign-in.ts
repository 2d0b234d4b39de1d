import type { Request, Response } from 'express'
import { Strategy } from 'passport-local'
import type { PortalUser } from '../../core/actors.ts'
import { portalUserOfSession, portalUserWithPassword } from '../../core/portal-users/sign-in.ts'
import { endSessionHere } from '../../core/sessions/own.ts'
import { enterWithPassword } from '../../core/sign-in.ts'
import { codeThrottle } from '../shared/code-throttle.ts'
import { oneOf, rawText, typedPassword, type FieldError } from '../shared/forms.ts'
import { safeNext } from '../shared/page.ts'
import { beginSecondStep } from '../shared/second-step.ts'
import { signIn, signOut, type Authenticator } from '../shared/session.ts'
import { signInCodePages } from '../shared/sign-in-code.ts'
import { waitSentence } from '../shared/sign-in-throttle.ts'
import type { PortalPages } from './face.ts'
import { isPortalUser, portalUserOf } from './guard.ts'
import { firstPage } from './home.ts'
import { typedName } from './typed.ts'
import { portalThrottle } from './throttle.ts'

const WRONG = 'Check your username and password: this pair does not match an account'

export function signInPages({ pages, deps }: PortalPages, passport: Authenticator): void {
  const throttle = portalThrottle(deps)
  passport.use(
    new Strategy({ usernameField: 'username', passReqToCallback: true }, (req, _username, _password, done) => {
      const given = { name: typedName(req.body), password: typedPassword(req.body, 'password'), ip: req.ip ?? null }
      portalUserWithPassword(deps.db, deps.passwords, given, deps.now()).then(
        user => done(null, (user as Express.User | null) ?? false),
        (error: unknown) => done(error),
      )
    }),
  )

  pages.get('/', (req, res) => res.redirect(303, isPortalUser(req.user) ? '/portal/home' : '/portal/sign-in'))

  pages.get('/sign-in', (req, res) => {
    if (isPortalUser(req.user)) return res.redirect(303, '/portal/home')
    showForm(req, res, [])
  })

  pages.post('/sign-in', async (req, res, next) => {
    const until = await throttle.take(req, typedName(req.body))
    if (until !== null) {
      res
        .status(429)
        .set('Retry-After', String(Math.ceil((Math.min(until, deps.now() + 3_600_000) - deps.now()) / 1000)))
      return showForm(req, res, [{ field: 'username', message: waitSentence(until, deps.now()) }])
    }
    const check = passport.authenticate('local', (error: unknown, found: PortalUser | false | null) => {
      if (error) return next(error)
      if (!found) return void showWrong(req, res).catch(next)
      enter(req, res, found).catch(next)
    }) as (req: Request, res: Response, next: (error?: unknown) => void) => void
    check(req, res, next)
  })

  signInCodePages<PortalUser>({
    pages,
    deps,
    base: '/portal',
    load: ({ id, sessionVersion }, req) => portalUserOfSession(deps.db, id, sessionVersion, req.ip ?? null),
    throttle: codeThrottle(deps, 'portal'),
    showSignIn: (req, res) => showForm(req, res, []),
    firstPage: user => firstPage(deps, user),
  })

  async function showWrong(req: Request, res: Response): Promise<void> {
    await throttle.failed(req, typedName(req.body))
    showForm(req, res.status(401), [{ field: 'username', message: WRONG }])
  }

  async function enter(req: Request, res: Response, user: PortalUser): Promise<void> {
    const next = safeNext(deps, rawText(req.body, 'next', 2000), '/portal')
    if (user.hasSecondFactor) {
      await throttle.forget(typedName(req.body))
      await beginSecondStep(req, user, next, deps.now())
      return res.redirect(303, '/portal/sign-in/code')
    }
    await enterWithPassword(deps.db, deps, user, deps.now())
    await signIn(req, user)
    res.redirect(303, next ?? (await firstPage(deps, user)))
  }

  function showForm(req: Request, res: Response, errors: FieldError[]): void {
    res.page('portal/sign-in', {
      title: `Sign in to ${res.office.portalName}`,
      tabTitle: 'Sign in',
      errors,
      again: req.query.again === '1' && errors.length === 0,
      late: /^\/sign-in\/./.test(req.path),
      username: typedName(req.body),
      next: safeNext(deps, rawText(req.body, 'next', 2000) || req.query.next, '/portal') ?? '',
      changed: req.query.password === 'changed' && errors.length === 0,
      registered: errors.length === 0 ? oneOf(req.query, 'registered', ['', '1', 'before']) : '',
      emailChanged: req.query.email === 'changed' && errors.length === 0,
    })
  }
}

export function signOutPages({ pages, deps }: PortalPages): void {
  pages.post('/sign-out', async (req, res) => {
    await endSessionHere(deps.db, portalUserOf(req), req.sessionID, deps.now())
    await signOut(req, res)
    res.redirect(303, safeNext(deps, rawText(req.body, 'next', 2000), '/portal') ?? '/portal/sign-in')
  })
}
