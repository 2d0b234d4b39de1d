import type { Request, RequestHandler, Response } from 'express'
import type { PortalUser } from '../../core/actors.ts'
import { codeThrottle } from '../shared/code-throttle.ts'
import { secondFactorPages } from '../shared/second-factor.ts'
import type { PortalPages } from './face.ts'
import { isPortalUser, portalUserOf, requirePortalUser } from './guard.ts'
import { portalThrottle } from './throttle.ts'

/** Where somebody who has to set up a second factor may still go; choosing one's own password comes before it. */
const WHILE_SETTING_UP = /^\/(second-factor(\/.*)?|choose-password|sign-out)$/

/** Leads everybody who needs a second factor and has none to setting it up, whatever they asked for. */
export const secondFactorFirst: RequestHandler = (req, res, next) => {
  const isFree = !isPortalUser(req.user) || !needsSecondFactor(req.user, res)
  if (isFree || WHILE_SETTING_UP.test(req.path)) return next()
  res.redirect(303, '/portal/second-factor')
}

/** One's own second factor. Where the office has switched it off, those who have one keep it, and may turn it off. */
export function ownSecondFactorPages({ pages, deps }: PortalPages): void {
  secondFactorPages({
    pages,
    deps,
    base: '/portal',
    allowed: requirePortalUser,
    personOf: (req: Request) => portalUserOf(req),
    nameOf: person => (person as PortalUser).username,
    passwords: portalThrottle(deps),
    codes: codeThrottle(deps, 'portal'),
    issuer: res => res.office.portalName,
    isOffered: res => res.office.secondFactor !== 'off',
    isRequired: (person, res) => needsSecondFactor(person as PortalUser, res),
    nav: 'password',
    crumbs: [],
  })
}

function needsSecondFactor(user: PortalUser, res: Response): boolean {
  return !user.hasSecondFactor && res.office.secondFactor === 'required'
}
