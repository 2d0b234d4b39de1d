import type { RequestHandler } from 'express'
import { unreadCount } from '../../core/notifications/bell.ts'
import type { Deps } from '../shared/deps.ts'
import { staffOf } from './guard.ts'

/** Gives every page what its header says: how many notices are unread. */
export function useBell({ db }: Deps): RequestHandler {
  return async (req, res, next) => {
    res.locals.unread = await unreadCount(db, staffOf(req))
    next()
  }
}
