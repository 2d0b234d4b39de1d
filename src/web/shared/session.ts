import type { Request, RequestHandler, Response, Router } from 'express'
import session from 'express-session'
import passport, { type PassportStatic } from 'passport'
import { derivedKey } from '../../core/secrets.ts'
import type { Realm, SessionRow } from '../../core/sessions/rows.ts'
import type { Deps } from './deps.ts'
import { newSessionId, SessionStore } from './session-store.ts'

export type Authenticator = InstanceType<PassportStatic['Passport']>

/** Who a session belongs to: the face it was made by, the account, and the account's session version at sign-in. */
export interface Principal {
  id: number
  sessionVersion: number
}

/** What is read with a session: whose it is, as they are now; null for those who may not sign in. */
interface Along {
  person: Principal | null
}

type OpenWithPerson = (sidHash: string, now: number) => Promise<(SessionRow & { along: Along }) | null>

/**
 * Sessions and sign-in of one face: own cookie, own secret, own rows, own passport. A cookie of the other face, renamed,
 * is nobody here. `open` reads the person with the session, as they are now, so that disabling somebody works at their next
 * click.
 */
export function useSessions(router: Router, deps: Deps, realm: Realm, open: OpenWithPerson): Authenticator {
  const authenticator = new passport.Passport()
  authenticator.serializeUser((user, done) => {
    const { id, sessionVersion } = user as unknown as Principal
    done(null, `${realm}:${String(id)}:${String(sessionVersion)}`)
  })
  authenticator.deserializeUser(
    (req: Request, stored: string, done: (error: unknown, user?: Express.User | false) => void) => {
      const person = (req.along as Along | undefined)?.person
      const isTheirs = person && stored === `${realm}:${String(person.id)}:${String(person.sessionVersion)}`
      done(null, isTheirs ? { ...person, ip: req.ip ?? null } : false)
    },
  )
  router.use(sessionOf(deps, realm, open), authenticator.session() as RequestHandler)
  return authenticator
}

/** Signs somebody in under a new session id, and waits until it is stored. */
export async function signIn(req: Request, person: Express.User & Principal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.logIn(person, error => (error ? reject(error as Error) : resolve()))
  })
}

/** Ends this session on the server and tells the browser to forget what it kept. */
export async function signOut(req: Request, res: Response): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.destroy(error => (error ? reject(error as Error) : resolve()))
  })
  res.set('Clear-Site-Data', '"cache", "storage"')
}

/** Waits for the session to be stored: a redirect must not overtake it. */
export function saved(req: Request): Promise<void> {
  return new Promise((resolve, reject) => {
    req.session.save(error => (error ? reject(error as Error) : resolve()))
  })
}

/** Cookie names of a face. `__Host-` makes browsers refuse the cookie from anywhere but this very host over HTTPS. */
export function cookieName(deps: Deps, name: string): string {
  return isHttps(deps) ? `__Host-portico_${name}` : `portico_${name}`
}

export function isHttps(deps: Deps): boolean {
  return deps.config.baseUrl.startsWith('https:')
}

function sessionOf(deps: Deps, realm: Realm, open: OpenWithPerson): RequestHandler {
  return session({
    name: cookieName(deps, realm),
    secret: derivedKey(deps.config.appSecret, `session cookie ${realm}`).toString('base64url'),
    store: new SessionStore(deps, realm, open),
    genid: newSessionId,
    resave: false,
    saveUninitialized: false,
    rolling: true,
    cookie: {
      httpOnly: true,
      sameSite: 'lax',
      secure: isHttps(deps),
      path: '/',
      maxAge: deps.config.idleHours * 3_600_000,
    },
  })
}
