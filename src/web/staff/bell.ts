import type { RequestHandler } from 'express'
import { may as staffMay, type Staff } from '../../core/actors.ts'
import { mailPausedSince } from '../../core/mail/pause.ts'
import { mailTrouble, type MailTrouble } from '../../core/mail/upkeep.ts'
import { unreadCount } from '../../core/notifications/bell.ts'
import type { Deps } from '../shared/deps.ts'
import { staffOf } from './guard.ts'

/** Gives every page what stands at its top: how many notices are unread, and for administrators what is wrong with mail. */
export function useBell(deps: Deps): RequestHandler {
  return async (req, res, next) => {
    res.locals.unread = await unreadCount(deps.db, staffOf(req))
    res.locals.mailTrouble = await troubleFor(deps, staffOf(req))
    next()
  }
}

const RESTORED = { words: 'No mail leaves: this is a restored copy.', href: '/staff/emails' }

async function troubleFor({ db, config, now }: Deps, staff: Staff): Promise<{ words: string; href: string } | null> {
  if (!staffMay(staff, 'administer')) return null
  if ((await mailPausedSince(db)) !== null) return RESTORED
  if (config.smtpUrl !== null) {
    const trouble = await mailTrouble(db, now())
    return trouble && wordsFor(trouble)
  }
  if (!config.production) return null
  return { words: 'No mail server is set: emails are kept and not sent.', href: '/staff/emails' }
}

/** The mail that was tried last says why. */
function wordsFor(trouble: MailTrouble): { words: string; href: string } {
  if (trouble.kind === 'failed') return { words: 'Some emails could not be sent.', href: '/staff/emails?status=failed' }
  const href = `/staff/emails/${String(trouble.emailId)}`
  return { words: 'Some emails could not be sent so far. They are tried again.', href }
}
