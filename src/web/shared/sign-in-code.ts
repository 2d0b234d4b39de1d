import type { Request, RequestHandler, Response, Router } from 'express'
import type { PortalUser, Staff } from '../../core/actors.ts'
import { enterWithCode } from '../../core/second-factor/enter.ts'
import { factorOf } from '../../core/second-factor/own.ts'
import type { CodeThrottle } from './code-throttle.ts'
import type { Deps } from './deps.ts'
import { text, type FieldError } from './forms.ts'
import { redirectSaying } from './page.ts'
import { secondStepOf, type SecondStep } from './second-step.ts'
import { signIn } from './session.ts'
import { waitSentence } from './sign-in-throttle.ts'
import { count } from './words.ts'

export interface SignInCodeFace<Person extends Staff | PortalUser> {
  pages: Router
  deps: Deps
  base: '/staff' | '/portal'
  /**
   * The one who is at the second step, as they are now: null once they may not sign in, or their sessions were ended.
   */
  load: (step: SecondStep, req: Request) => Promise<Person | null>
  throttle: CodeThrottle
  /** The page for the password, for those who have to begin again. */
  showSignIn: (req: Request, res: Response) => void
  firstPage: (person: Person) => Promise<string>
}

/** How the code is asked for: the one of the app, or one of those for when the app is lost. */
const WAYS = {
  'sign-in/code': 'Enter the code that your app shows now. Each code works once',
  'sign-in/recovery-code': 'Enter a recovery code that you have not used yet',
}

/** The second step of signing in: a code, from somebody whose password was right a moment ago. */
export function signInCodePages<Person extends (Staff | PortalUser) & Express.User>(
  face: SignInCodeFace<Person>,
): void {
  const { pages, deps, base, throttle } = face

  for (const [path, wrong] of Object.entries(WAYS)) {
    pages.get(`/${path}`, unlessInside(base), async (req, res) => {
      if (!(await atStep(req))) return beginAgain(req, res)
      showForm(res, path, base, [])
    })

    pages.post(`/${path}`, unlessInside(base), async (req, res) => {
      const at = await atStep(req)
      if (!at) return beginAgain(req, res)
      const tried = await throttle.take(req, at.person)
      if (!tried.allowed) {
        const message = waitSentence(tried.until, deps.now())
        return showForm(res.status(429).set('Retry-After', '60'), path, base, [{ field: 'code', message }])
      }
      const entered = await enterWithCode(deps.db, deps, at.person, text(req.body, 'code', 100), deps.now())
      if (entered.ok) return enter(req, res, at, entered.value === 'recovery-code')
      await throttle.failed(req, at.person, { tries: tried.tries, at: 'sign-in' })
      showForm(res.status(401), path, base, [{ field: 'code', message: wrong }])
    })
  }

  async function atStep(req: Request): Promise<{ person: Person; step: SecondStep } | null> {
    const step = secondStepOf(req, deps.now())
    const person = step && (await face.load(step, req))
    return person ? { person, step } : null
  }

  async function enter(
    req: Request,
    res: Response,
    { person, step }: { person: Person; step: SecondStep },
    byRecovery: boolean,
  ): Promise<void> {
    await throttle.forget(person)
    await signIn(req, person)
    const to = step.next || (await face.firstPage(person))
    if (!byRecovery) return res.redirect(303, to)
    deps.wakeWorker()
    const left = (await factorOf(deps.db, person))?.codesLeft ?? 0
    await redirectSaying(
      req,
      res,
      `${base}/second-factor`,
      `You are signed in, and have ${count(left, 'recovery code')} left.`,
    )
  }

  function beginAgain(req: Request, res: Response): void {
    delete req.session.secondStep
    face.showSignIn(req, res.status(401))
  }
}

function unlessInside(base: string): RequestHandler {
  return (req, res, next) => (req.user ? res.redirect(303, base) : next())
}

function showForm(res: Response, path: string, base: string, errors: FieldError[]): void {
  const byRecovery = path === 'sign-in/recovery-code'
  const title = byRecovery ? 'Enter a recovery code' : 'Enter the code from your app'
  res.page('shared/second-factor/sign-in', { title, errors, base, path, byRecovery })
}
