import type { Request, Response } from 'express'
import type { PortalUser, Staff } from '../../core/actors.ts'
import { ok, refused, type Result } from '../../core/result.ts'
import { provesPassword } from '../../core/second-factor/own.ts'
import type { CodeThrottle } from './code-throttle.ts'
import type { Deps } from './deps.ts'
import { typedPassword, type FieldError } from './forms.ts'
import { waitSentence, type SignInThrottle } from './sign-in-throttle.ts'

type Person = Staff | PortalUser

/** As much of a face as proving oneself takes. */
export interface ProofFace {
  deps: Deps
  /** The name somebody signs in with. */
  nameOf: (person: Person) => string
  passwords: SignInThrottle
  codes: CodeThrottle
}

const WRONG_PASSWORD: FieldError = { field: 'password', message: 'Enter the password you sign in with now' }
export const WRONG_CODE: FieldError = {
  field: 'code',
  message: 'Enter the code that your app shows now. Each code works once',
}

/** Why nobody is let go on to their code: a wrong password, or one of the two was tried too often. */
export interface Unproved {
  mistake: FieldError
  mustWait: boolean
}

/**
 * Asks for the password as the page for signing in does, and counts as that one does; then takes one try at the code. The answer
 * is how many tries at it there were in a row.
 */
export async function proofOf(face: ProofFace, req: Request, person: Person): Promise<Result<number, Unproved>> {
  const { deps, passwords, codes } = face
  const name = face.nameOf(person)
  const wait = (field: string, until: number): Result<number, Unproved> =>
    refused({ mistake: { field, message: waitSentence(until, deps.now()) }, mustWait: true })
  const until = await passwords.take(req, name)
  if (until !== null) return wait('password', until)
  if (!(await provesPassword(deps.db, deps, person, typedPassword(req.body, 'password')))) {
    await passwords.failedProof(req, person)
    return refused({ mistake: WRONG_PASSWORD, mustWait: false })
  }
  await passwords.forget(name)
  const tried = await codes.take(req, person)
  return tried.allowed ? ok(tried.tries) : wait('code', tried.until)
}

export function refusing(res: Response, { mustWait }: Unproved): Response {
  return mustWait ? res.status(429).set('Retry-After', '60') : res.status(422)
}
