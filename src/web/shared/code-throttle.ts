import type { Request } from 'express'
import type { PortalUser, Staff } from '../../core/actors.ts'
import {
  forgetCodeTries,
  rememberWrongCode,
  takeCodeTry,
  type CodeAskedAt,
} from '../../core/second-factor/wrong-code.ts'
import type { Realm } from '../../core/sessions/rows.ts'
import type { Attempt } from '../../core/throttle/attempts.ts'
import type { Deps } from './deps.ts'
import { tellRefusal } from './refusals.ts'
import { addressThrottle } from './sign-in-throttle.ts'

type Person = Staff | PortalUser

export interface CodeThrottle {
  /** Uses up one try of this browser's address and of this person, whose password was right. */
  take(req: Request, person: Person): Promise<Attempt>
  /** The code of this try was wrong: whoever is to know of it is told. */
  failed(req: Request, person: Person, tried: { tries: number; at: CodeAskedAt }): Promise<void>
  /** The right code was given, or the password or the second factor is another one now. */
  forget(person: Pick<Person, 'kind' | 'id'>): Promise<void>
}

/** Slows down guessing at the codes of second factors at one face: by network address, and by account. */
export function codeThrottle(deps: Deps, realm: Realm): CodeThrottle {
  const { db, log, now } = deps
  const waitOf = addressThrottle(deps, realm, 'code')
  return {
    async take(req, person) {
      const wait = await waitOf(req)
      const attempt: Attempt =
        wait > 0 ? { allowed: false, until: now() + wait } : await takeCodeTry(db, deps, person, now())
      if (!attempt.allowed) await tellRefusal(deps, req, 'sign-in.slowed')
      return attempt
    },
    async failed(req, person, tried) {
      try {
        await rememberWrongCode(db, deps, person, tried, now())
        deps.wakeWorker()
      } catch (error) {
        log.warn({ err: error, reqId: req.id }, 'a wrong code could not be told of')
      }
    },
    forget: person => forgetCodeTries(db, deps, person),
  }
}
