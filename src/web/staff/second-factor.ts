import type { Request, RequestHandler } from 'express'
import type { Staff } from '../../core/actors.ts'
import { codeThrottle } from '../shared/code-throttle.ts'
import { secondFactorPages } from '../shared/second-factor.ts'
import type { StaffPages } from './face.ts'
import { alongOf, may, staffOf } from './guard.ts'
import { staffThrottle } from './throttle.ts'

/** Where an administrator who has to set up a second factor may still go. */
const WHILE_SETTING_UP = /^\/(second-factor(\/.*)?|sign-out)$/

/** Leads administrators who need a second factor and have none to setting it up, whatever they asked for. */
export const secondFactorFirst: RequestHandler = (req, res, next) => {
  if (WHILE_SETTING_UP.test(req.path) || !needsSecondFactor(req, staffOf(req))) return next()
  res.redirect(303, '/staff/second-factor')
}

/** One's own second factor. */
export function ownSecondFactorPages({ pages, deps }: StaffPages): void {
  secondFactorPages({
    pages,
    deps,
    base: '/staff',
    allowed: may('see'),
    personOf: (req: Request) => staffOf(req),
    nameOf: person => person.email ?? '',
    passwords: staffThrottle(deps),
    codes: codeThrottle(deps, 'staff'),
    issuer: () => `Portico, ${deps.config.officeName}`,
    isOffered: () => true,
    isRequired: (person, res) => needsSecondFactor(res.req, person as Staff),
    nav: 'settings',
    crumbs: [['Settings', '/staff/settings']],
  })
}

function needsSecondFactor(req: Request, staff: Staff): boolean {
  if (staff.hasSecondFactor || staff.role !== 'admin') return false
  return alongOf(req)?.team.adminsNeedSecondFactor ?? true
}
