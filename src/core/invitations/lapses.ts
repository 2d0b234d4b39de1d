import type { Knex } from 'knex'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { INVITATION_MS } from './rows.ts'
import type { PortalChoice } from './standing.ts'

/** What became of the last invitation of a contact, or of its access. */
export interface Lapse {
  kind: 'expired' | 'cancelled' | 'access-removed'
  at: number
}

/** Why each of these contacts has lapsed for the portal of a choice, by contact id: what happened last. */
export async function lapsesOf(
  db: Db,
  choice: PortalChoice,
  contactIds: number[],
  now: number,
): Promise<Map<number, Lapse>> {
  const [invitations, removals] = await Promise.all([
    endedInvitations(db, choice, contactIds),
    removedAccess(db, choice, contactIds),
  ])
  const lapses = [...invitations.flatMap(row => lapseOf(row, now)), ...removals.map(removal)]
  return new Map(lapses.toSorted((a, b) => a.at - b.at).map(({ contactId, kind, at }) => [contactId, { kind, at }]))
}

interface InvitationRow {
  contactId: number
  status: string
  cancelledAt: number | null
  sentAt: number | null
}

type LapseOfContact = Lapse & { contactId: number }

function lapseOf({ contactId, status, cancelledAt, sentAt }: InvitationRow, now: number): LapseOfContact[] {
  if (status === 'cancelled') return [{ contactId, kind: 'cancelled', at: cancelledAt ?? 0 }]
  const expiredAt = sentAt === null ? null : sentAt + INVITATION_MS
  return status === 'open' && expiredAt !== null && expiredAt <= now
    ? [{ contactId, kind: 'expired', at: expiredAt }]
    : []
}

function removal({ contactId, revokedAt }: { contactId: number; revokedAt: number }): LapseOfContact {
  return { contactId, kind: 'access-removed', at: revokedAt }
}

function endedInvitations(db: Db, choice: PortalChoice, contactIds: number[]): Promise<InvitationRow[]> {
  const query = db('contacts')
    .join('invitations', 'invitations.email_normalized', 'contacts.email_normalized')
    .join('portals', 'portals.id', 'invitations.portal_id')
    .leftJoin('emails', 'emails.invitation_id', 'invitations.id')
    .whereIn('contacts.id', listed(db, contactIds))
  return ofChoice(query, choice).select<InvitationRow[]>(
    'contacts.id as contactId',
    'invitations.status',
    'invitations.cancelled_at as cancelledAt',
    'emails.sent_at as sentAt',
  )
}

function removedAccess(
  db: Db,
  choice: PortalChoice,
  contactIds: number[],
): Promise<{ contactId: number; revokedAt: number }[]> {
  const query = db('contacts')
    .join('portal_users', on => {
      on.on('portal_users.contact_id', 'contacts.id').orOn('portal_users.email_normalized', 'contacts.email_normalized')
    })
    .join('portal_access', 'portal_access.portal_user_id', 'portal_users.id')
    .join('portals', 'portals.id', 'portal_access.portal_id')
    .whereIn('contacts.id', listed(db, contactIds))
    .whereNotNull('portal_access.revoked_at')
  return ofChoice(query, choice).select<{ contactId: number; revokedAt: number }[]>(
    'contacts.id as contactId',
    'portal_access.revoked_at as revokedAt',
  )
}

function ofChoice(query: Knex.QueryBuilder, choice: PortalChoice): Knex.QueryBuilder {
  return choice === 'own' ? query.whereRaw('portals.contact_id = contacts.id') : query.where('portals.id', choice)
}
