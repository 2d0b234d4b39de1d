import type { Request } from 'express'
import { emailKey } from '../../core/email-address.ts'
import { normalizedUsername } from '../../core/names.ts'
import { keyedHash, derivedKey } from '../../core/secrets.ts'
import type { Realm } from '../../core/sessions/rows.ts'
import { forgetAttempts, takeAttempt, TRIES_BEFORE_VOID } from '../../core/throttle/attempts.ts'
import { createLimit } from '../../core/throttle/rate-limiter.ts'
import type { Deps } from './deps.ts'

export interface SignInThrottle {
  /** Uses up one try of this browser's address and of this name. The answer is when to come back, or null to go on. */
  take(req: Request, name: string): Promise<number | null>
  /** The right password was given. */
  forget(name: string): Promise<void>
}

/**
 * Slows down guessing at one face: by network address, and by account. `accountOf` is the account that a name leads to,
 * however it is spelled; a name that leads nowhere is counted for itself.
 */
export function signInThrottle(
  deps: Deps,
  realm: Realm,
  accountOf: (name: string) => Promise<number | null>,
): SignInThrottle {
  const { db, now } = deps
  const soon = createLimit(db, `${realm}-sign-in-3min`, 10, 180)
  const hourly = createLimit(db, `${realm}-sign-in-hour`, 100, 3600)
  const key = derivedKey(deps.config.appSecret, `sign-in attempts ${realm}`)
  const nameKey = async (name: string): Promise<string> => {
    const id = await accountOf(name)
    return keyedHash(key, id === null ? `name ${emailKey(name) ?? normalizedUsername(name)}` : `account ${String(id)}`)
  }
  return {
    async take(req, name) {
      const address = req.ip ?? 'unknown'
      const wait = Math.max(await soon(address), await hourly(address))
      if (wait > 0) return now() + wait
      const attempt = await takeAttempt(
        db,
        await nameKey(name),
        now(),
        realm === 'portal' ? TRIES_BEFORE_VOID : Infinity,
      )
      return attempt.allowed ? null : attempt.until
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
