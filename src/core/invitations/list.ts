import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { containing } from '../names.ts'
import {
  INVITATION_COLUMNS,
  invitationFrom,
  invitationRows,
  inState,
  type Invitation,
  type InvitationRow,
  type InvitationState,
} from './rows.ts'

/** Which invitations a list, or "all that match", speaks of. */
export interface InvitationFilter {
  /** Looked for in name and address, and in the names of portal and contact. */
  text: string
  /** `failed`: pending, and the mail could not be sent. Null for all but those that were sent again since. */
  state: InvitationState | 'failed' | null
  portalId: number | null
}

export const ALL_INVITATIONS: InvitationFilter = { text: '', state: null, portalId: null }

export interface InvitationSort {
  by: 'to' | 'written'
  descending: boolean
}

/** One line of the list of invitations. */
export interface ListedInvitation extends Invitation {
  portalName: string
  portalEnabled: boolean
  portalRemoved: boolean
  contactName: string | null
  inviterName: string | null
}

export async function countInvitations(db: Db, filter: InvitationFilter, now: number): Promise<number> {
  const [row] = await invitationsMatching(db, filter, now).count<{ total: number }[]>({ total: 'invitations.id' })
  return row?.total ?? 0
}

/** One page of those that match. `page` counts from 1; a page past the end is empty. */
export async function invitationsPage(
  db: Db,
  filter: InvitationFilter,
  { by, descending }: InvitationSort,
  { page, perPage }: { page: number; perPage: number },
  now: number,
): Promise<ListedInvitation[]> {
  const way = descending ? 'desc' : 'asc'
  const query = invitationsMatching(db, filter, now)
    .orderBy([
      { column: by === 'to' ? 'invitations.search_name' : 'invitations.created_at', order: way },
      { column: 'invitations.id', order: way },
    ])
    .limit(perPage)
    .offset((page - 1) * perPage)
  return listed(query, db, now)
}

/** The invitations with these ids, in order of their ids. */
export function invitationsOf(db: Db, ids: number[], now: number): Promise<ListedInvitation[]> {
  return listed(withNames(db).whereIn('invitations.id', ids).orderBy('invitations.id'), db, now)
}

/** The invitations that match, as a query that knows mail, portal and contact too. */
export function invitationsMatching(
  db: Db,
  { text, state, portalId }: InvitationFilter,
  now: number,
): Knex.QueryBuilder {
  const query = withNames(db)
  if (state === 'failed') void inState(query, 'pending', now).where('emails.status', 'failed')
  else if (state) void inState(query, state, now)
  else void query.whereNot('invitations.status', 'superseded')
  if (portalId !== null) void query.where('invitations.portal_id', portalId)
  if (text) void query.where(any => matchesText(any, text))
  return query
}

/** One page of those that a batch left alone, each with why, in order of their ids. `page` counts from 1. */
export async function leftAlone(
  db: Db,
  batchId: number,
  { page, perPage }: { page: number; perPage: number },
): Promise<{ id: number; name: string; email: string; outcome: string }[]> {
  return db('batch_items')
    .join('invitations', 'invitations.id', 'batch_items.subject_id')
    .where({ 'batch_items.batch_id': batchId, 'batch_items.subject_type': 'invitation' })
    .whereNot('batch_items.outcome', 'resent')
    .orderBy('invitations.id')
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select<{ id: number; name: string; email: string; outcome: string }[]>(
      'invitations.id',
      'invitations.name',
      'invitations.email',
      'batch_items.outcome',
    )
}

/** Reads what the list shows of each. */
export async function listed(query: Knex.QueryBuilder, db: Db, now: number): Promise<ListedInvitation[]> {
  const rows = (await query.select(
    ...INVITATION_COLUMNS,
    'portals.name as portalName',
    'portals.enabled as portalEnabled',
    'portals.removed_at as portalRemovedAt',
    'contacts.name as contactName',
    db.raw('coalesce(staff.name, customers.name) as ??', ['inviterName']),
  )) as ListedRow[]
  return rows.map(({ portalName, portalEnabled, portalRemovedAt, contactName, inviterName, ...row }) => ({
    ...invitationFrom(row, now),
    portalName,
    portalEnabled: Boolean(portalEnabled),
    portalRemoved: portalRemovedAt !== null,
    contactName,
    inviterName,
  }))
}

type ListedRow = InvitationRow &
  Pick<ListedInvitation, 'portalName' | 'contactName' | 'inviterName'> & {
    portalEnabled: boolean | number
    portalRemovedAt: number | null
  }

function withNames(db: Db): Knex.QueryBuilder {
  return invitationRows(db)
    .join('portals', 'portals.id', 'invitations.portal_id')
    .leftJoin('contacts', 'contacts.id', 'invitations.contact_id')
    .leftJoin({ staff: 'staff_users' }, 'staff.id', 'invitations.invited_by_staff_id')
    .leftJoin({ customers: 'portal_users' }, 'customers.id', 'invitations.invited_by_portal_user_id')
}

function matchesText(any: Knex.QueryBuilder, text: string): void {
  const pattern = containing(text)
  const columns = [
    'invitations.search_name',
    'invitations.email_normalized',
    'portals.name_normalized',
    'contacts.name_normalized',
  ]
  for (const column of columns) void any.orWhereRaw(String.raw`?? like ? escape '\'`, [column, pattern])
}
