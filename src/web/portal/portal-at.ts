import type { Request } from 'express'
import { portalOf, type OwnPortal } from '../../core/portal-users/own-portals.ts'
import type { Deps } from '../shared/deps.ts'
import { notFound, PageError } from '../shared/errors.ts'
import { portalUserOf } from './guard.ts'

/** The portal whose address this is, if the person asking may open it now; else the page that says why not. */
export async function portalAt(deps: Deps, req: Request): Promise<OwnPortal> {
  const { slug } = req.params
  const known = typeof slug === 'string' && /^[a-z0-9-]{1,100}$/.test(slug)
  const portal = known ? await portalOf(deps.db, portalUserOf(req), slug, deps.now()) : null
  if (!portal) throw notFound()
  if (portal.enabled) return portal
  const advice = `It has been switched off for now. Ask the person you deal with at ${deps.config.officeName} when it will be back.`
  throw new PageError(403, 'This portal is not available at the moment', advice)
}

/** The page for somebody who has the portal, but not this part of it. `what` goes on "You may not". */
export function notAllowed({ config }: Deps, what: string): PageError {
  const advice = `Ask the person you deal with at ${config.officeName} if you need to.`
  return new PageError(403, `You may not ${what}`, advice)
}
