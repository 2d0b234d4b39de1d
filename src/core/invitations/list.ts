import type { Knex } from 'knex'
import { listed as listedIds } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { countedUpTo, inOrderOf, stretchOfIds, type Counted, type Stretch, type Stretched } from '../stretch.ts'
import {
  invitationOrder,
  invitationsMatching,
  wayToSearch,
  type InvitationFilter,
  type InvitationSort,
} from './find.ts'
import { INVITATION_COLUMNS, invitationFrom, invitationRows, type Invitation, type InvitationRow } from './rows.ts'

/** One line of the list of invitations. */
export interface ListedInvitation extends Invitation {
  portalName: string
  portalEnabled: boolean
  portalRemoved: boolean
  contactName: string | null
  inviterName: string | null
}

/** How many match; counted up to a point only. */
export async function countInvitations(db: Db, filter: InvitationFilter, now: number): Promise<Counted> {
  return countedUpTo(db, invitationsMatching(db, filter, now, await wayToSearch(db, filter)))
}

/** One page of those that match; one past the end is empty. */
export async function invitationsPage(
  db: Db,
  filter: InvitationFilter,
  sort: InvitationSort,
  stretch: Stretch,
  now: number,
): Promise<Stretched<ListedInvitation>> {
  const found = invitationsMatching(db, filter, now, await wayToSearch(db, filter))
  const { rows: ids, next } = await stretchOfIds(db, found, invitationOrder(sort), stretch)
  if (ids.length === 0) return { rows: [], next }
  return { rows: inOrderOf(ids, await listed(withNames(db).whereIn('invitations.id', ids), db, now)), next }
}

/** The invitations with these ids, in order of their ids. */
export function invitationsOf(db: Db, ids: number[], now: number): Promise<ListedInvitation[]> {
  return listed(withNames(db).whereIn('invitations.id', listedIds(db, ids)).orderBy('invitations.id'), db, now)
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
async function listed(query: Knex.QueryBuilder, db: Db, now: number): Promise<ListedInvitation[]> {
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
