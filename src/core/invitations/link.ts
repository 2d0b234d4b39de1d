import type { Db } from '../../db/index.ts'
import { emailKey } from '../email-address.ts'
import { loginOfAddress, type LoginOfAddress } from '../portal-users/register.ts'
import { portalById, type AnyPortal } from '../portals/contact-portals.ts'
import { ok, refused, type Result } from '../result.ts'
import { looksLikeToken, tokenHash } from '../secrets.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import { inviterAccess } from './ceiling.ts'
import { INVITATION_COLUMNS, invitationFrom, invitationRows, type Invitation, type InvitationRow } from './rows.ts'

/**
 * Why a link does not open: there never was one, somebody has registered with it, its seven days are over, it was cancelled
 * (or the customer who wrote it may not invite any more), a newer one was written, or its portal is switched off. `at` is the moment of it, where there is one.
 */
export interface LinkRefusal {
  kind: 'unknown' | 'used' | 'expired' | 'cancelled' | 'superseded' | 'portal-off'
  at: number | null
  invitation: Invitation | null
}

/** An invitation that could be accepted now. */
export interface OpenInvitation extends Invitation {
  portal: AnyPortal
  inviterName: string | null
  /** The login that the invited address has already. */
  login: LoginOfAddress | null
  /** Whether somebody may register with another address than the invited one. */
  anyAddress: boolean
}

/** What a link leads to. Looking changes nothing, however often and by whomever. */
export async function openInvitation(
  db: Db,
  token: unknown,
  now: number,
): Promise<Result<OpenInvitation, LinkRefusal>> {
  const invitation = looksLikeToken(token) ? await byToken(db, token, now) : null
  if (!invitation) return refused({ kind: 'unknown', at: null, invitation: null })
  if (invitation.state !== 'pending') {
    return refused({ kind: OVER[invitation.state], at: await endOf(db, invitation), invitation })
  }
  const portal = await portalById(db, invitation.portalId)
  if (!portal) return refused({ kind: 'cancelled', at: null, invitation })
  if (invitation.inviterPortalUserId !== null && !(await inviterAccess(db, invitation, now)))
    return refused({ kind: 'cancelled', at: null, invitation })
  if (!portal.enabled) return refused({ kind: 'portal-off', at: null, invitation })
  return ok({
    ...invitation,
    portal,
    inviterName: await inviterName(db, invitation),
    login: await loginOfAddress(db, invitation.email),
    anyAddress: (await portalSettings(db)).registrationEmail === 'any',
  })
}

const OVER = { accepted: 'used', expired: 'expired', cancelled: 'cancelled', superseded: 'superseded' } as const

/** When it was used, when it expired, or when the newer one that is open now was sent. */
async function endOf(db: Db, invitation: Invitation): Promise<number | null> {
  if (invitation.state === 'accepted') return invitation.acceptedAt
  if (invitation.state === 'expired') return invitation.expiresAt
  if (invitation.state !== 'superseded') return null
  const newer = await invitationRows(db)
    .where({
      portal_id: invitation.portalId,
      email_normalized: emailKey(invitation.email),
      'invitations.status': 'open',
    })
    .first<{ sentAt: number | null } | undefined>('emails.sent_at as sentAt')
  return newer?.sentAt ?? null
}

async function byToken(db: Db, token: string, now: number): Promise<Invitation | null> {
  const row = await invitationRows(db)
    .where('invitations.token_hash', tokenHash(token))
    .first<InvitationRow | undefined>(INVITATION_COLUMNS)
  return row ? invitationFrom(row, now) : null
}

/** The name of whoever invited; null when it was somebody who is gone. */
export async function inviterName(
  db: Db,
  { inviterStaffId, inviterPortalUserId }: Pick<Invitation, 'inviterStaffId' | 'inviterPortalUserId'>,
): Promise<string | null> {
  const [table, id] =
    inviterStaffId === null
      ? (['portal_users', inviterPortalUserId] as const)
      : (['staff_users', inviterStaffId] as const)
  const row = await db(table).where({ id }).first<{ name: string } | undefined>('name')
  return row?.name ?? null
}
