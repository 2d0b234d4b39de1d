import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { system, type PortalUser, type Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { recordFailedProof, recordFailedSignIn } from '../audit/refusals.ts'
import { notifyAdmins } from '../notifications/bell.ts'
import { codesGuessedNotice } from '../notifications/notices.ts'
import {
  accountKey,
  forgetAttempts,
  takeAttempt,
  TRIES_BEFORE_VOID,
  voidAttempts,
  type Attempt,
  type Guessed,
} from '../throttle/attempts.ts'
import { tellOfFactor } from './notice.ts'

/** After so many wrong codes in a row the owner hears of it. */
const TRIES_BEFORE_MAIL = 5

type Deps = { config: Config }
type Person = Staff | PortalUser
type Whose = Pick<Person, 'kind' | 'id'>

/** Where a code was asked for: to sign in, or to change one's own second factor. */
export type CodeAskedAt = 'sign-in' | 'own'

/**
 * Takes one try at the code of this person before it is looked at. After a hundred in a row staff wait a day for each, and a
 * customer has to choose a new password first.
 */
export function takeCodeTry(db: Db, deps: Deps, person: Whose, now: number): Promise<Attempt> {
  return takeAttempt(db, keyOf(deps, person, 'code'), now, person.kind === 'staff' ? 'day' : 'void')
}

/** The tries at the codes of this person count no more. */
export function forgetCodeTries(db: Db, deps: Deps, person: Whose): Promise<void> {
  return forgetAttempts(db, keyOf(deps, person, 'code'))
}

/**
 * Tells of a wrong code that came after the right password: the log of each, the owner of the fifth in a row by mail. At the
 * hundredth the password of a customer stops working until it is reset by mail, and of staff the administrators are told.
 */
export async function rememberWrongCode(
  db: Db,
  deps: Deps,
  person: Person,
  { tries, at }: { tries: number; at: CodeAskedAt },
  now: number,
): Promise<void> {
  await db.transaction(async trx => {
    if (at === 'own') await recordFailedProof(trx, person, 'code', now)
    else await recordFailedSignIn(trx, realmOf(person), person.ip, person.id, now, { step: 'code' })
    if (tries === TRIES_BEFORE_MAIL && person.hasSecondFactor)
      await tellOfFactor(trx, deps, person, { did: 'guessed' }, now)
    if (tries === TRIES_BEFORE_VOID && person.kind === 'staff') await notifyAdmins(trx, codesGuessedNotice(person), now)
    if (tries === TRIES_BEFORE_VOID && person.kind === 'portal_user') await voidPassword(trx, deps, person, now)
  })
}

async function voidPassword(trx: Db, deps: Deps, user: PortalUser, now: number): Promise<void> {
  await voidAttempts(trx, keyOf(deps, user, 'sign-in'), now)
  await record(trx, system, 'portal-user.password-voided', { type: 'portal_user', id: user.id }, {}, now)
  await tellOfFactor(trx, deps, user, { did: 'voided' }, now)
}

function keyOf({ config }: Deps, person: Whose, guessed: Guessed): string {
  return accountKey(config.appSecret, realmOf(person), guessed, person.id)
}

function realmOf({ kind }: Whose): 'staff' | 'portal' {
  return kind === 'staff' ? 'staff' : 'portal'
}
