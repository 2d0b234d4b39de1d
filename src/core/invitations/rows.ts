import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import type { AccessLevel } from '../access/levels.ts'
import type { Permissions } from '../access/permissions.ts'
import type { EmailStatus } from '../mail/outbox.ts'

/** An invitation works for seven days from the moment the mail server took it. */
export const INVITATION_MS = 7 * 86_400_000

export const INVITATION_LENGTHS = { name: 200, email: 254, message: 500 } as const

/**
 * Where an invitation stands. `pending` ones can be accepted, or will be when their mail has left; `superseded` ones gave
 * way to a newer one.
 */
export type InvitationState = 'pending' | 'expired' | 'accepted' | 'cancelled' | 'superseded'

export interface Invitation extends Permissions {
  id: number
  portalId: number
  contactId: number | null
  name: string
  email: string
  message: string | null
  level: AccessLevel
  state: InvitationState
  /** What became of its mail; null when there is none any more. */
  mail: EmailStatus | null
  mailId: number | null
  /** What the mail server said last. */
  mailAnswer: string | null
  createdAt: number
  sentAt: number | null
  /** Null while the mail has not left: it does not age until then. */
  expiresAt: number | null
  acceptedAt: number | null
  cancelledAt: number | null
  registeredEmail: string | null
  inviterStaffId: number | null
  inviterPortalUserId: number | null
  /** The one that came in its place. */
  newerId: number | null
  version: number
}

/** Every invitation with its mail, of which there is one each. */
export function invitationRows(db: Db): Knex.QueryBuilder {
  return db('invitations').leftJoin('emails', 'emails.invitation_id', 'invitations.id')
}

/** The columns that `invitationFrom` reads. */
export const INVITATION_COLUMNS = [
  'invitations.id',
  'invitations.portal_id as portalId',
  'invitations.contact_id as contactId',
  'invitations.name',
  'invitations.email',
  'invitations.message',
  'invitations.access_level as level',
  'invitations.can_invite_others as canInviteOthers',
  'invitations.can_view_details as canViewDetails',
  'invitations.can_view_documents as canViewDocuments',
  'invitations.status',
  'emails.status as mail',
  'emails.id as mailId',
  'emails.smtp_response as mailAnswer',
  'invitations.created_at as createdAt',
  'emails.sent_at as sentAt',
  'invitations.accepted_at as acceptedAt',
  'invitations.cancelled_at as cancelledAt',
  'invitations.registered_email as registeredEmail',
  'invitations.invited_by_staff_id as inviterStaffId',
  'invitations.invited_by_portal_user_id as inviterPortalUserId',
  'invitations.superseded_by_id as newerId',
  'invitations.version',
] as const

type Flag = keyof Permissions

export type InvitationRow = Omit<Invitation, 'state' | 'expiresAt' | Flag> &
  Record<Flag, boolean | number> & { status: 'open' | 'accepted' | 'cancelled' | 'superseded' }

export function invitationFrom({ status, ...row }: InvitationRow, now: number): Invitation {
  const expiresAt = row.sentAt === null ? null : row.sentAt + INVITATION_MS
  const isOver = expiresAt !== null && expiresAt <= now
  return {
    ...row,
    canInviteOthers: Boolean(row.canInviteOthers),
    canViewDetails: Boolean(row.canViewDetails),
    canViewDocuments: Boolean(row.canViewDocuments),
    expiresAt,
    state: status === 'open' ? (isOver ? 'expired' : 'pending') : status,
  }
}

/** The invitation with this id, whatever its state. */
export async function invitationById(db: Db, id: number, now: number): Promise<Invitation | null> {
  const row = await invitationRows(db).where('invitations.id', id).first<InvitationRow | undefined>(INVITATION_COLUMNS)
  return row ? invitationFrom(row, now) : null
}
