import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import type { Passwords } from '../passwords.ts'
import { knowsOwnPassword } from '../portal-users/own-password.ts'
import { renewPortalSessions } from '../portal-users/second-factor.ts'
import { allOrNothing, ok, refused, unlessTaken, type Result } from '../result.ts'
import { renewStaffSessions } from '../team/second-factor.ts'
import { staffWithPassword } from '../team/accounts.ts'
import { stepOf } from './keys.ts'
import { tellOfFactor } from './notice.ts'
import { addFactor, removeFactors, replaceRecoveryCodes, useCode } from './rows.ts'

export { RECOVERY_CODES } from './recovery-codes.ts'
export { factorOf, type OwnFactor } from './rows.ts'

export interface FactorDeps {
  config: Config
}

/** `gone`: the sessions of this person were ended meanwhile, or the second factor was changed from elsewhere. */
export type FactorRefusal = 'wrong-code' | 'gone'

/**
 * Whether this is the password of somebody who is signed in. Asked before each of the changes below, and before any
 * code.
 */
export async function provesPassword(
  db: Db,
  { passwords }: { passwords: Passwords },
  person: Staff | PortalUser,
  password: string,
): Promise<boolean> {
  if (person.kind === 'portal_user') return knowsOwnPassword(db, passwords, person, password)
  return (await staffWithPassword(db, passwords, person.email, password, person.ip)) !== null
}

/**
 * Turns a second factor on, after the password was right, with a key whose code proves that the app has it, and gives back
 * the recovery codes. Every session ends, the one it was asked from included: sign that one in again. A mail tells the person.
 */
export async function turnOnFactor<Person extends Staff | PortalUser>(
  db: Db,
  deps: FactorDeps,
  person: Person,
  { key, code }: { key: string; code: string },
  now: number,
): Promise<Result<{ person: Person; codes: string[] }, FactorRefusal>> {
  const step = stepOf(key, code.replace(/\s/g, ''), now)
  if (step === null) return refused('wrong-code')
  return unlessTaken('gone' as const, () =>
    allOrNothing(db, async trx => {
      if (!(await renewSessions(trx, person, now))) return refused('gone')
      const codes = await addFactor(trx, deps.config, person, { key, step }, now)
      await tellEverybody(trx, deps, person, 'turned-on', now)
      return ok({ person: { ...person, hasSecondFactor: true, sessionVersion: person.sessionVersion + 1 }, codes })
    }),
  )
}

/**
 * Turns the second factor off, after the password was right. Every session ends, as when it is turned on, and a mail tells
 * the person.
 */
export async function turnOffFactor<Person extends Staff | PortalUser>(
  db: Db,
  deps: FactorDeps,
  person: Person,
  code: string,
  now: number,
): Promise<Result<Person, FactorRefusal>> {
  return allOrNothing(db, async trx => {
    if (!(await renewSessions(trx, person, now))) return refused('gone')
    if ((await useCode(trx, deps.config, person, code, now)) === null) return refused('wrong-code')
    await removeFactors(trx, person.kind, [person.id])
    await tellEverybody(trx, deps, person, 'turned-off', now)
    return ok({ ...person, hasSecondFactor: false, sessionVersion: person.sessionVersion + 1 })
  })
}

/** New recovery codes, after the password was right; those there were do not work any more. A mail tells the person. */
export async function makeRecoveryCodes(
  db: Db,
  deps: FactorDeps,
  person: Staff | PortalUser,
  code: string,
  now: number,
): Promise<Result<string[], FactorRefusal>> {
  return allOrNothing(db, async trx => {
    if ((await useCode(trx, deps.config, person, code, now)) === null) return refused('wrong-code')
    const codes = await replaceRecoveryCodes(trx, deps.config, person)
    await record(trx, person, `${spoken(person)}.recovery-codes-made`, { type: person.kind, id: person.id }, {}, now)
    await tellOfFactor(trx, deps, person, { did: 'codes-made' }, now)
    return ok(codes)
  })
}

async function tellEverybody(
  trx: Db,
  deps: FactorDeps,
  person: Staff | PortalUser,
  did: 'turned-on' | 'turned-off',
  now: number,
): Promise<void> {
  const subject = { type: person.kind, id: person.id }
  await record(trx, person, `${spoken(person)}.second-factor-${did}`, subject, {}, now)
  await tellOfFactor(trx, deps, person, { did }, now)
}

function renewSessions(trx: Db, person: Staff | PortalUser, now: number): Promise<boolean> {
  return person.kind === 'staff' ? renewStaffSessions(trx, person, now) : renewPortalSessions(trx, person, now)
}

function spoken({ kind }: Staff | PortalUser): string {
  return kind === 'staff' ? 'staff' : 'portal-user'
}
