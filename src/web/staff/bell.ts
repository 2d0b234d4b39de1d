import type { RequestHandler } from 'express'
import { may as staffMay, type Staff } from '../../core/actors.ts'
import { mailTrouble, type MailTrouble } from '../../core/mail/upkeep.ts'
import type { Deps } from '../shared/deps.ts'
import { alongOf, staffOf } from './guard.ts'

/**
 * Gives every page what stands at its top: how many notices are unread, and for administrators what is wrong with mail.
 */
export function useBell(deps: Deps): RequestHandler {
  return async (req, res, next) => {
    res.locals.unread = alongOf(req)?.unread ?? 0
    res.locals.mailTrouble = await troubleFor(deps, staffOf(req), alongOf(req)?.mailPausedSince ?? null)
    next()
  }
}

const RESTORED = { words: 'No mail leaves: this is a restored copy.', href: '/staff/emails' }

async function troubleFor(
  { db, config, now }: Deps,
  staff: Staff,
  pausedSince: number | null,
): Promise<{ words: string; href: string } | null> {
  if (!staffMay(staff, 'administer')) return null
  if (pausedSince !== null) return RESTORED
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
