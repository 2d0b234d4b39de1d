import { staffIdOf } from '../../core/team/accounts.ts'
import type { Deps } from '../shared/deps.ts'
import { signInThrottle, type SignInThrottle } from '../shared/sign-in-throttle.ts'

/** Tries at the passwords of staff, counted for each account. */
export function staffThrottle(deps: Deps): SignInThrottle {
  return signInThrottle(deps, 'staff', email => staffIdOf(deps.db, email))
}
