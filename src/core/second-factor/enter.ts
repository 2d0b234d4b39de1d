import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { rememberPortalSignIn } from '../portal-users/sign-in.ts'
import { allOrNothing, ok, refused, type Result } from '../result.ts'
import { rememberStaffSignIn } from '../team/accounts.ts'
import { tellOfFactor } from './notice.ts'
import { useCode, type CodeUse } from './rows.ts'

/**
 * Takes the code of somebody whose password was right, and remembers that they have signed in: the session is the caller's
 * to start. A code that was taken before is as wrong as any other. A mail tells the person of a recovery code.
 */
export function enterWithCode(
  db: Db,
  deps: { config: Config },
  person: Staff | PortalUser,
  typed: string,
  now: number,
): Promise<Result<CodeUse, 'wrong-code'>> {
  return allOrNothing(db, async trx => {
    const secondFactor = await useCode(trx, deps.config, person, typed, now)
    if (secondFactor === null) return refused('wrong-code')
    if (person.kind === 'staff') await rememberStaffSignIn(trx, person, now, { secondFactor })
    else await rememberPortalSignIn(trx, person, now, { secondFactor })
    if (secondFactor === 'recovery-code') await tellOfFactor(trx, deps, person, { did: 'code-used' }, now)
    return ok(secondFactor)
  })
}
