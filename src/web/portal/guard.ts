import type { Request, RequestHandler } from 'express'
import type { PortalUser } from '../../core/actors.ts'
import type { PortalAlong } from '../../core/portal-users/opened.ts'

/** Where somebody with a temporary password may still go. */
const WHILE_CHOOSING = ['/choose-password', '/sign-out']

/**
 * Leads everybody who still has a temporary password to the page where they choose their own, whatever they asked for.
 */
export const ownPasswordFirst: RequestHandler = (req, res, next) => {
  if (!isPortalUser(req.user) || !req.user.mustChangePassword || WHILE_CHOOSING.includes(req.path)) return next()
  res.redirect(303, '/portal/choose-password')
}

/**
 * Everything below this line of the router is for signed-in portal users; others go to the sign-in page and come back.
 */
export const requirePortalUser: RequestHandler = (req, res, next) => {
  if (isPortalUser(req.user)) return next()
  const back = req.method === 'GET' ? `?next=${encodeURIComponent(req.originalUrl)}` : ''
  res.redirect(303, `/portal/sign-in${back}`)
}

/** The portal user asking. Only behind `requirePortalUser`. */
export function portalUserOf(req: Request): PortalUser {
  if (!isPortalUser(req.user)) throw new Error('No portal user is signed in here')
  return req.user
}

/** What was read with the session of this request, if it has one. */
export function alongOf(req: Request): PortalAlong | undefined {
  return req.along as PortalAlong | undefined
}

export function isPortalUser(user: Express.User | undefined): user is PortalUser & Express.User {
  return (user as Partial<PortalUser> | undefined)?.kind === 'portal_user'
}
