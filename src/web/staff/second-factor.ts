import type { Request, RequestHandler } from 'express'
import type { Staff } from '../../core/actors.ts'
import { teamSettings } from '../../core/settings/team-settings.ts'
import { codeThrottle } from '../shared/code-throttle.ts'
import type { Deps } from '../shared/deps.ts'
import { secondFactorPages } from '../shared/second-factor.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { staffThrottle } from './throttle.ts'

/** Where an administrator who has to set up a second factor may still go. */
const WHILE_SETTING_UP = /^\/(second-factor(\/.*)?|sign-out)$/

/** Leads administrators who need a second factor and have none to setting it up, whatever they asked for. */
export function secondFactorFirst(deps: Deps): RequestHandler {
  return async (req, res, next) => {
    if (WHILE_SETTING_UP.test(req.path) || !(await needsSecondFactor(deps, staffOf(req)))) return next()
    res.redirect(303, '/staff/second-factor')
  }
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
    isRequired: person => needsSecondFactor(deps, person as Staff),
    nav: 'settings',
    crumbs: [['Settings', '/staff/settings']],
  })
}

async function needsSecondFactor({ db }: Deps, staff: Staff): Promise<boolean> {
  if (staff.hasSecondFactor || staff.role !== 'admin') return false
  return (await teamSettings(db)).adminsNeedSecondFactor
}
