import type { Request } from 'express'
import { recordFailedSignIn } from '../../core/audit/refusals.ts'
import { emailKey } from '../../core/email-address.ts'
import { normalizedUsername } from '../../core/names.ts'
import { keyedHash, derivedKey } from '../../core/secrets.ts'
import type { Realm } from '../../core/sessions/rows.ts'
import { forgetAttempts, takeAttempt, TRIES_BEFORE_VOID } from '../../core/throttle/attempts.ts'
import { createLimit } from '../../core/throttle/rate-limiter.ts'
import type { Deps } from './deps.ts'
import { tellRefusal } from './refusals.ts'

export interface SignInThrottle {
  /** Uses up one try of this browser's address and of this name. The answer is when to come back, or null to go on. */
  take(req: Request, name: string): Promise<number | null>
  /** A wrong password or code was given: the audit log is told. */
  failed(req: Request, name: string): Promise<void>
  /** The right password was given. */
  forget(name: string): Promise<void>
}

/**
 * Slows down guessing at one face, at passwords or at the codes of a second factor: by network address, and by account.
 * `accountOf` is the account that a name leads to, however it is spelled; a name that leads nowhere is counted for itself.
 */
export function signInThrottle(
  deps: Deps,
  realm: Realm,
  accountOf: (name: string) => Promise<number | null>,
  guessed: 'sign-in' | 'code' = 'sign-in',
): SignInThrottle {
  const { db, log, now } = deps
  const soon = createLimit(db, `${realm}-${guessed}-3min`, 10, 180)
  const hourly = createLimit(db, `${realm}-${guessed}-hour`, 100, 3600)
  const key = derivedKey(deps.config.appSecret, `${guessed} attempts ${realm}`)
  const nameKey = async (name: string): Promise<string> => {
    const id = await accountOf(name)
    return keyedHash(key, id === null ? `name ${emailKey(name) ?? normalizedUsername(name)}` : `account ${String(id)}`)
  }
  const takenFrom = async (address: string, name: string): Promise<number | null> => {
    const wait = Math.max(await soon(address), await hourly(address))
    if (wait > 0) return now() + wait
    const most = realm === 'portal' && guessed === 'sign-in' ? TRIES_BEFORE_VOID : Infinity
    const attempt = await takeAttempt(db, await nameKey(name), now(), most)
    return attempt.allowed ? null : attempt.until
  }
  return {
    async take(req, name) {
      const until = await takenFrom(req.ip ?? 'unknown', name)
      if (until !== null) await tellRefusal(deps, req, 'sign-in.slowed')
      return until
    },
    async failed(req, name) {
      try {
        await recordFailedSignIn(db, realm, req.ip ?? null, await accountOf(name), now())
      } catch (error) {
        log.warn({ err: error, reqId: req.id }, 'a failed sign-in could not be written to the audit log')
      }
    },
    forget: async name => forgetAttempts(db, await nameKey(name)),
  }
}

/** "Too many tries. Wait 3 minutes and try again." */
export function waitSentence(until: number, now: number): string {
  if (until === Infinity) return 'Too many tries. This password no longer works. Choose “I forgot my password”.'
  const minutes = Math.max(1, Math.ceil((until - now) / 60_000))
  return `Too many tries. Wait ${String(minutes)} ${minutes === 1 ? 'minute' : 'minutes'} and try again.`
}
