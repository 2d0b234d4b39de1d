import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { emailKey } from '../email-address.ts'

const SOON_MS = 5 * 60_000
const DAY_MS = 24 * 3_600_000

/** The first one and one more; whoever cancels and invites again writes one more, too. */
const IN_FIVE_MINUTES = 2
/** The first one and five more. */
const IN_A_DAY = 6

/**
 * Whether an address was written to about a portal so often that the next invitation has to wait, whoever wrote: an
 * invitation is sent again once in five minutes, and five times a day.
 */
export async function isTooSoon(db: Db, portalId: number, email: string, now: number): Promise<boolean> {
  const written = await db('invitations')
    .where({ email_normalized: emailKey(email) })
    .whereRaw('+portal_id = ?', [portalId]) // through no index: a portal may have very many
    .where('created_at', '>', now - DAY_MS)
    .pluck<number[]>('created_at')
  const soon = written.filter(at => at > now - SOON_MS)
  return soon.length >= IN_FIVE_MINUTES || written.length >= IN_A_DAY
}

/** In a query over invitations: a row if the address of one has to wait like this. */
export function writtenTooOften(db: Db, now: number): Knex.QueryBuilder {
  const soon = 'sum(case when recent.created_at > ? then 1 else 0 end)'
  return db({ recent: 'invitations' })
    .whereRaw('recent.email_normalized = invitations.email_normalized')
    .whereRaw('+recent.portal_id = invitations.portal_id') // as above
    .where('recent.created_at', '>', now - DAY_MS)
    .groupBy('recent.portal_id')
    .havingRaw(`(${soon} >= ? or count(*) >= ?)`, [now - SOON_MS, IN_FIVE_MINUTES, IN_A_DAY])
    .select(db.raw('1'))
}
