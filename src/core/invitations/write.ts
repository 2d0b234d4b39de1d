import type { Config } from '../../config.ts'
import { insertMany, reserveIds, type BulkRow } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { AccessLevel } from '../access/levels.ts'
import { emailKey } from '../email-address.ts'
import { invitationMessage } from '../mail/invitation-messages.ts'
import { putInOutbox, type NewEmail } from '../mail/outbox.ts'
import { normalized } from '../names.ts'
import { newToken, tokenHash } from '../secrets.ts'
import { mailTexts } from '../settings/mail-texts.ts'
import { officeNow } from '../settings/office.ts'
import type { Permissions } from '../access/permissions.ts'

/** Who invites: somebody of the office, or somebody who has the portal already. */
export interface Inviter {
  kind: 'staff' | 'portal_user'
  id: number
  name: string
}

/** One person to be invited to one portal, of which there is no open invitation to this address yet. */
export interface NewInvitation {
  portal: { id: number; name: string; enabled: boolean }
  contactId: number | null
  inviter: Inviter
  name: string
  email: string
  message: string | null
  level: AccessLevel
  permissions: Permissions
}

/**
 * Writes invitations and their mails in a few statements, however many, and returns their ids in the same order. Mails wait
 * while their portal is not enabled. Throws when there is an open invitation of that portal to that address already. The
 * caller audits.
 */
export async function writeInvitations(
  trx: Db,
  { config }: { config: Config },
  invitations: NewInvitation[],
  batchId: number | null,
  now: number,
): Promise<number[]> {
  const ids = await reserveIds(trx, 'invitations', invitations.length)
  const made = invitations.map((invitation, index) => ({ id: ids[index] ?? 0, token: newToken(), invitation }))
  const rows = made.map(each => rowOf(each, batchId, now))
  await insertMany(trx, 'invitations', Object.keys(rows[0] ?? {}), rows)
  await putInOutbox(trx, { config }, await mailsOf(trx, config, made, batchId), now)
  return ids
}

interface Made {
  id: number
  token: string
  invitation: NewInvitation
}

function rowOf({ id, token, invitation }: Made, batchId: number | null, now: number): BulkRow {
  const { portal, contactId, inviter, name, email, permissions } = invitation
  return {
    id,
    portal_id: portal.id,
    contact_id: contactId,
    name,
    search_name: normalized(name),
    email,
    email_normalized: emailKey(email),
    message: invitation.message,
    access_level: invitation.level,
    can_invite_others: permissions.canInviteOthers,
    can_view_details: permissions.canViewDetails,
    can_view_documents: permissions.canViewDocuments,
    token_hash: tokenHash(token),
    status: 'open',
    invited_by_staff_id: inviter.kind === 'staff' ? inviter.id : null,
    invited_by_portal_user_id: inviter.kind === 'portal_user' ? inviter.id : null,
    batch_id: batchId,
    created_at: now,
    version: 1,
  }
}

async function mailsOf(trx: Db, config: Config, made: Made[], batchId: number | null): Promise<NewEmail[]> {
  const office = await officeNow(trx, config)
  const { invitation: words } = await mailTexts(trx)
  return made.map(({ id, token, invitation: { portal, inviter, name, email, message } }) => ({
    to: { name, email },
    message: invitationMessage({
      ...office,
      words,
      name,
      inviterName: inviter.name,
      portal: portal.name,
      message,
      url: `${config.baseUrl}/portal/invitations/${token}`,
      token,
    }),
    invitationId: id,
    batchId,
    held: !portal.enabled,
    expiresAt: null,
  }))
}
