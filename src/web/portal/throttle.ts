import { portalUserNamed } from '../../core/portal-users/sign-in.ts'
import type { Deps } from '../shared/deps.ts'
import { signInThrottle, type SignInThrottle } from '../shared/sign-in-throttle.ts'

/** Tries at the passwords of portal users, counted for each login whichever of its names is typed. */
export function portalThrottle(deps: Deps): SignInThrottle {
  return signInThrottle(deps, 'portal', async name => (await portalUserNamed(deps.db, name))?.id ?? null)
}
