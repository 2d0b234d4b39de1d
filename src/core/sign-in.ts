import type { Config } from '../config.ts'
import type { Db } from '../db/index.ts'
import type { PortalUser, Staff } from './actors.ts'
import { rememberPortalSignIn } from './portal-users/sign-in.ts'
import { rememberStaffSignIn } from './team/accounts.ts'
import { accountKey, forgetAttempts } from './throttle/attempts.ts'

/**
 * Remembers that somebody has just signed in with their password alone, and begins the count of their tries again, all with
 * one commit: the session is the caller's to start.
 */
export function enterWithPassword(
  db: Db,
  { config }: { config: Config },
  person: Staff | PortalUser,
  now: number,
): Promise<void> {
  const realm = person.kind === 'staff' ? 'staff' : 'portal'
  return db.transaction(async trx => {
    // First the person, as whoever gives them a new password does.
    if (person.kind === 'staff') await rememberStaffSignIn(trx, person, now)
    else await rememberPortalSignIn(trx, person, now)
    await forgetAttempts(trx, accountKey(config.appSecret, realm, 'sign-in', person.id))
  })
}
