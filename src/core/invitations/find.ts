import type { Knex } from 'knex'
import { isPostgres, type Db } from '../../db/index.ts'
import { normalized } from '../names.ts'
import type { ListOrder } from '../stretch.ts'
import { hasText, isIndexed, textsWith, wayToFindIn, type Way } from '../trigrams.ts'
import { INVITATION_MS, type InvitationState } from './rows.ts'

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

export function invitationOrder({ by, descending }: InvitationSort): ListOrder {
  const column = by === 'to' ? 'invitations.search_name' : 'invitations.created_at'
  return { table: 'invitations', by: [column], descending }
}

/** The invitations that match, as a query over `invitations`. */
export function invitationsMatching(
  db: Db,
  { text, state, portalId }: InvitationFilter,
  now: number,
  way: Way = 'at-first',
): Knex.QueryBuilder {
  const query = db('invitations')
  if (state === null) void query.whereNot('invitations.status', 'superseded')
  else void inState(query, db, state, now)
  if (portalId !== null) void query.where('invitations.portal_id', portalId)
  if (normalized(text) === '') return query
  if (way === 'in-each' || !isIndexed(text)) return query.where(any => textInEach(any, db, text))
  const [first, ...others] = idsWith(db, text)
  return query.whereIn('invitations.id', others.length > 0 ? first.union(others) : first)
}

/** The better way to look for the text of a filter. */
export async function wayToSearch(db: Db, { text }: InvitationFilter): Promise<Way> {
  return wayToFindIn(db, text, () => idsWith(db, text))
}

function inState(query: Knex.QueryBuilder, db: Db, state: InvitationState | 'failed', now: number): Knex.QueryBuilder {
  const mail = db('emails').whereRaw('emails.invitation_id = invitations.id').select(db.raw('1'))
  const old = mail.where('emails.sent_at', '<=', now - INVITATION_MS)
  switch (state) {
    case 'expired':
      return query.where('invitations.status', 'open').whereExists(old)
    case 'pending':
      return query.where('invitations.status', 'open').whereNotExists(old)
    case 'failed': {
      const failed = db('emails').where('status', 'failed').whereNotNull('invitation_id').select('invitation_id')
      return inState(query, db, 'pending', now).whereIn('invitations.id', failed)
    }
    case 'accepted':
    case 'cancelled':
    case 'superseded':
      return query.where('invitations.status', state)
  }
}

/** The ids of those with a text of three letters or more: one query on SQLite, on PostgreSQL one for each place. */
function idsWith(db: Db, text: string): [Knex.QueryBuilder, ...Knex.QueryBuilder[]] {
  if (!isPostgres(db)) return [textsWith(db, 'invitation_search', text).select('rowid')]
  const ids = (): Knex.QueryBuilder => db('invitations').select('invitations.id')
  const named = (table: string): Knex.QueryBuilder => hasText(db(table), `${table}.name_normalized`, text).select('id')
  return [
    hasText(ids(), 'invitations.search_name', text),
    hasText(ids(), 'invitations.email_normalized', text),
    ids().whereIn('invitations.portal_id', named('portals')),
    ids().whereIn('invitations.contact_id', named('contacts')),
  ]
}

function textInEach(any: Knex.QueryBuilder, db: Db, text: string): void {
  const named = (table: string, key: string): Knex.QueryBuilder =>
    hasText(db(table).whereRaw(`${table}.id = invitations.${key}`), `${table}.name_normalized`, text).select(
      db.raw('1'),
    )
  void hasText(any, 'invitations.search_name', text)
    .orWhere(own => void hasText(own, 'invitations.email_normalized', text))
    .orWhereExists(named('portals', 'portal_id'))
    .orWhereExists(named('contacts', 'contact_id'))
}
