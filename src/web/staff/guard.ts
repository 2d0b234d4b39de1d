import type { Request, RequestHandler } from 'express'
import { may as staffMay, type Permission, type Staff } from '../../core/actors.ts'
import type { StaffAlong } from '../../core/team/opened.ts'
import { PageError } from '../shared/errors.ts'

/** Everything below this line of the router is for signed-in staff; others go to the sign-in page and come back. */
export const requireStaff: RequestHandler = (req, res, next) => {
  if (isStaff(req.user)) return next()
  // What asks from a script shows no page: it learns that nobody is signed in, and loads the page that asks.
  if (req.accepts(['html', 'json']) === 'json') return void res.status(401).json({ signedIn: false })
  const back = req.method === 'GET' ? `?next=${encodeURIComponent(req.originalUrl)}` : ''
  res.redirect(303, `/staff/sign-in${back}`)
}

/** Refuses with 403 unless this member of staff may do this. */
export function may(permission: Permission): RequestHandler {
  return (req, _res, next) => {
    if (staffMay(staffOf(req), permission)) return next()
    throw new PageError(403, 'You may not do this', 'Your role does not allow it. Ask an administrator of your office.')
  }
}

/** The member of staff asking. Only behind `requireStaff`. */
export function staffOf(req: Request): Staff {
  if (!isStaff(req.user)) throw new Error('No member of staff is signed in here')
  return req.user
}

/** What was read with the session of this request, if it has one. */
export function alongOf(req: Request): StaffAlong | undefined {
  return req.along as StaffAlong | undefined
}

export function isStaff(user: Express.User | undefined): user is Staff & Express.User {
  return (user as Partial<Staff> | undefined)?.kind === 'staff'
}
