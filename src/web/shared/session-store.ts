import type { Request } from 'express'
import session, { type SessionData } from 'express-session'
import { randomBytes } from 'node:crypto'
import {
  changeSession,
  endSession,
  extendSession,
  startSession,
  type Realm,
  type SessionOrigin,
  type SessionRow,
  type SessionToKeep,
} from '../../core/sessions/rows.ts'
import { tokenHash } from '../../core/secrets.ts'
import type { Deps } from './deps.ts'

declare module 'express-session' {
  interface SessionData {
    startedAt?: number
    flash?: string
    passport?: { user?: string }
  }
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Request {
      /** What was read with the session of this request; not there without a session. */
      along?: unknown
    }
  }
}

/** Reads a session with what goes along with it, all in one. */
export type OpenSession = (sidHash: string, now: number) => Promise<(SessionRow & { along: unknown }) | null>

type Done = (error?: unknown) => void
const born = new WeakMap<Request, string>()
const TOUCH_EVERY_MS = 60_000

/** A new session id, remembered with its request: only an id born in this request may be inserted. */
export function newSessionId(req: Request): string {
  const id = randomBytes(32).toString('base64url')
  born.set(req, id)
  return id
}

/** One face's sessions in the database. Ids are stored hashed, and a session that was ended cannot come back. */
export class SessionStore extends session.Store {
  readonly #deps: Deps
  readonly #realm: Realm
  readonly #open: OpenSession
  /** What was read of a session, until its request takes it. */
  readonly #read = new WeakMap<SessionData, { expiresAt: number; along: unknown }>()
  /**
   * How each session is stored: until when, and, where this request stored it, what is in it. Kept within the session
   * it would be a change.
   */
  readonly #stored = new WeakMap<SessionData, { until: number; text?: string }>()

  constructor(deps: Deps, realm: Realm, open: OpenSession) {
    super()
    this.#deps = deps
    this.#realm = realm
    this.#open = open
  }

  get(sid: string, done: (error: unknown, data?: SessionData | null) => void): void {
    this.#open(tokenHash(sid), this.#deps.now()).then(
      row => {
        if (!row) return done(null, null)
        const data = JSON.parse(row.data) as SessionData
        this.#read.set(data, row)
        done(null, data)
      },
      (error: unknown) => done(error),
    )
  }

  override createSession(req: Request, data: SessionData): session.Session & SessionData {
    const read = this.#read.get(data)
    const made = super.createSession(req, data)
    req.along = read?.along
    if (read) this.#stored.set(made, { until: read.expiresAt })
    return made
  }

  /** Another id for a session that was never kept needs nothing to be removed. */
  override regenerate(req: Request, done: Done): void {
    if (born.get(req) !== req.sessionID) return super.regenerate(req, done)
    ;(this as unknown as { generate(req: Request): void }).generate(req) // given to each store by express-session
    done()
  }

  set(sid: string, data: SessionData, done: Done = () => undefined): void {
    const { db, now } = this.#deps
    data.startedAt ??= now()
    const kept = this.#kept(sid, data)
    const text = JSON.stringify({ ...data, cookie: null })
    if (this.#stored.get(data)?.text === text) return this.touch(sid, data, done)
    const req = (data as { req?: Request }).req
    const isNew = req !== undefined && born.get(req) === sid
    if (isNew) born.delete(req)
    const saved = isNew
      ? startSession(db, this.#realm, kept, originOf(req), now())
      : changeSession(db, this.#realm, kept, now())
    saved.then(() => {
      this.#stored.set(data, { until: kept.expiresAt, text })
      done()
    }, done)
  }

  override touch(sid: string, data: SessionData, done: () => void = () => undefined): void {
    const { db, log, now } = this.#deps
    const end = this.#end(data)
    if (end - (this.#stored.get(data)?.until ?? 0) < TOUCH_EVERY_MS) return done()
    this.#stored.set(data, { ...this.#stored.get(data), until: end })
    extendSession(db, this.#realm, tokenHash(sid), end, now()).then(done, (error: unknown) => {
      log.warn({ err: error }, 'a session could not be extended')
      done()
    })
  }

  destroy(sid: string, done: Done = () => undefined): void {
    endSession(this.#deps.db, this.#realm, tokenHash(sid)).then(() => done(), done)
  }

  #kept(sid: string, data: SessionData): SessionToKeep {
    return {
      sidHash: tokenHash(sid),
      principalId: principalOf(data),
      data: JSON.stringify(data),
      expiresAt: this.#end(data),
    }
  }

  /** Ends after the idle time, and in any case when the session is as old as a session may be. */
  #end(data: SessionData): number {
    const { config, now } = this.#deps
    const oldest = (data.startedAt ?? now()) + config.sessionDays * 86_400_000
    return Math.min(now() + config.idleHours * 3_600_000, oldest)
  }
}

/** Whose session it is, out of what `useSessions` has Passport keep; null while nobody is signed in. */
function principalOf({ passport }: SessionData): number | null {
  const [, id] = passport?.user?.split(':') ?? []
  return id === undefined ? null : Number(id)
}

function originOf(req: Request): SessionOrigin {
  return { ip: req.ip ?? null, userAgent: req.get('user-agent') ?? null }
}
