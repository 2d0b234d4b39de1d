import type { Request } from 'express'
import type { PortalUser, Staff } from '../../core/actors.ts'
import { recordFailedProof, recordFailedSignIn } from '../../core/audit/refusals.ts'
import { emailKey } from '../../core/email-address.ts'
import { normalizedUsername } from '../../core/names.ts'
import type { Realm } from '../../core/sessions/rows.ts'
import { accountKey, forgetAttempts, nameKey, takeAttempt, type Guessed } from '../../core/throttle/attempts.ts'
import { createLimit } from '../../core/throttle/rate-limiter.ts'
import type { Deps } from './deps.ts'
import { tellRefusal } from './refusals.ts'
import { count } from './words.ts'

export interface SignInThrottle {
  /** Uses up one try of this browser's address and of this name. The answer is when to come back, or null to go on. */
  take(req: Request, name: string): Promise<number | null>
  /** A wrong password was given: the audit log is told. */
  failed(req: Request, name: string): Promise<void>
  /** As `failed`, of somebody who is signed in and had to prove themselves. */
  failedProof(req: Request, person: Staff | PortalUser): Promise<void>
  /** The right password was given. */
  forget(name: string): Promise<void>
}

/**
 * Slows down guessing at passwords at one face: by network address, and by account.
 * `accountOf` is the account that a name leads to, however it is spelled; a name that leads nowhere is counted for itself.
 */
export function signInThrottle(
  deps: Deps,
  realm: Realm,
  accountOf: (name: string) => Promise<number | null>,
): SignInThrottle {
  const { db, log, now, config } = deps
  const waitOf = addressThrottle(deps, realm, 'sign-in')
  const keyOf = async (name: string): Promise<string> => {
    const id = await accountOf(name)
    if (id !== null) return accountKey(config.appSecret, realm, 'sign-in', id)
    return nameKey(config.appSecret, realm, 'sign-in', emailKey(name) ?? normalizedUsername(name))
  }
  const takenFrom = async (req: Request, name: string): Promise<number | null> => {
    const wait = await waitOf(req)
    if (wait > 0) return now() + wait
    const attempt = await takeAttempt(db, await keyOf(name), now(), realm === 'portal' ? 'void' : 'hour')
    return attempt.allowed ? null : attempt.until
  }
  const toldOf = async (req: Request, tell: () => Promise<void>): Promise<void> => {
    try {
      await tell()
    } catch (error) {
      log.warn({ err: error, reqId: req.id }, 'a wrong password could not be written to the audit log')
    }
  }
  return {
    async take(req, name) {
      const until = await takenFrom(req, name)
      if (until !== null) await tellRefusal(deps, req, 'sign-in.slowed')
      return until
    },
    failed: (req, name) =>
      toldOf(req, async () => recordFailedSignIn(db, realm, req.ip ?? null, await accountOf(name), now())),
    failedProof: (req, person) => toldOf(req, () => recordFailedProof(db, person, 'password', now())),
    forget: async name => forgetAttempts(db, await keyOf(name)),
  }
}

/** How long a browser's network address has to wait, in milliseconds; 0 uses up one of its tries. */
export function addressThrottle({ db }: Deps, realm: Realm, guessed: Guessed): (req: Request) => Promise<number> {
  const soon = createLimit(db, `${realm}-${guessed}-3min`, 10, 180)
  const hourly = createLimit(db, `${realm}-${guessed}-hour`, 100, 3600)
  return async ({ ip = 'unknown' }) => Math.max(...(await Promise.all([soon(ip), hourly(ip)])))
}

/** "Too many tries. Wait 3 minutes and try again." */
export function waitSentence(until: number, now: number): string {
  if (until === Infinity) return 'Too many tries. This password no longer works. Choose “I forgot my password”.'
  const minutes = Math.max(1, Math.ceil((until - now) / 60_000))
  const wait = minutes > 60 ? count(Math.ceil(minutes / 60), 'hour') : count(minutes, 'minute')
  return `Too many tries. Wait ${wait} and try again.`
}
