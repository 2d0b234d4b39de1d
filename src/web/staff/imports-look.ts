import type { Request, Response } from 'express'
import { waitForImport } from '../../core/imports/records.ts'
import { unreadCount } from '../../core/notifications/bell.ts'
import type { Deps } from '../shared/deps.ts'
import { staffOf } from './guard.ts'

const LOOK_WAITS_MS = 5000

/** Whoever asks for the page of an import again is answered as soon as there is something new, the bell included. */
export async function lookAgain({ db }: Deps, req: Request, res: Response, importId: number): Promise<void> {
  if (req.query.look !== 'again') return
  await waitForImport(db, importId, LOOK_WAITS_MS)
  res.locals.unread = await unreadCount(db, staffOf(req))
}
