import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { giveUpMails } from './give-up.ts'
import { askToSend, type EmailStatus, type OutboxDeps } from './outbox.ts'

const TEMPLATE = 'sign-in-details'
const LETTING_IN = [TEMPLATE, 'password-reset']

/** The last mail with sign-in details that was written for somebody. */
export interface LastDetails {
  toEmail: string
  status: EmailStatus
  createdAt: number
  sentAt: number | null
}

export async function lastSignInDetails(db: Db, portalUserId: number): Promise<LastDetails | null> {
  const row = await db('emails')
    .where({ portal_user_id: portalUserId, template: TEMPLATE })
    .orderBy('id', 'desc')
    .first<LastDetails | undefined>('to_email as toEmail', 'status', 'created_at as createdAt', 'sent_at as sentAt')
  return row ?? null
}

/** Gives up every mail to these people that has not left, and wipes what it says. The caller audits. */
export async function cancelEmailsTo(trx: Db, portalUserIds: number[], now: number): Promise<void> {
  await giveUpMails(trx, emails => emails.whereIn('portal_user_id', listed(trx, portalUserIds)), now)
}

/**
 * As `cancelEmailsTo`, but only the mails with sign-in details or a link to choose a password: what they say is not so
 * any more.
 */
export async function cancelSignInDetails(trx: Db, portalUserIds: number[], now: number): Promise<void> {
  await cancelMailsCalled(LETTING_IN, trx, portalUserIds, now)
}

/** As `cancelEmailsTo`, but only the mails with a link that confirms a new sign-in address. */
export async function cancelConfirmationMails(trx: Db, portalUserIds: number[], now: number): Promise<void> {
  await cancelMailsCalled(['email-confirmation'], trx, portalUserIds, now)
}

async function cancelMailsCalled(templates: string[], trx: Db, portalUserIds: number[], now: number): Promise<void> {
  const ids = listed(trx, portalUserIds)
  await giveUpMails(trx, emails => emails.whereIn('template', templates).whereIn('portal_user_id', ids), now)
}

/** Lets the held sign-in details of these people go out; those of an import wait for its own word. Safe to do twice. */
export async function releaseSignInDetails(
  trx: Db,
  deps: OutboxDeps,
  portalUserIds: number[],
  now: number,
): Promise<number> {
  const released = await trx('emails')
    .where({ template: TEMPLATE, status: 'held', import_id: null })
    .whereIn('portal_user_id', listed(trx, portalUserIds))
    .update({ status: 'queued', send_after: now })
  if (released > 0) await askToSend(trx, deps, now)
  return released
}
