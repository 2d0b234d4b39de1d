import { rowsOf } from '../../db/asked.ts'
import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'

export type Realm = 'staff' | 'portal'

export interface SessionRow {
  data: string
  createdAt: number
  expiresAt: number
}

/** What is read with a session, as SQL: `columns` of what `joins` adds to it, found by `sessions.principal_id`. */
export interface ReadAlong {
  columns: string[]
  joins: string
}

/**
 * The stored session, unless it has ended, with what is read along, all as it is at this one moment. `sidHash` is the hash of
 * the cookie's value; the value itself is not kept.
 */
export async function openSession(
  db: Db,
  realm: Realm,
  sidHash: string,
  now: number,
  { columns, joins }: ReadAlong,
): Promise<(SessionRow & { along: unknown }) | null> {
  const all = ['sessions.data', 'sessions.created_at as createdat', 'sessions.expires_at as expiresat', ...columns]
  const [row] = await rowsOf<{ data: string; createdat: number; expiresat: number }>(
    db,
    `select ${all.join(', ')} from sessions ${joins}
      where sessions.realm = ? and sessions.sid_hash = ? and sessions.expires_at > ?`,
    [realm, sidHash, now],
  )
  return row ? { data: row.data, createdAt: row.createdat, expiresAt: row.expiresat, along: row } : null
}

export interface SessionToKeep {
  sidHash: string
  principalId: number | null
  data: string
  expiresAt: number
}

/** Where somebody signs in from. */
export interface SessionOrigin {
  ip: string | null
  userAgent: string | null
}

const USER_AGENT_LENGTH = 300

export async function startSession(
  db: Db,
  realm: Realm,
  session: SessionToKeep,
  { ip, userAgent }: SessionOrigin,
  now: number,
): Promise<void> {
  await db('sessions').insert({
    realm,
    sid_hash: session.sidHash,
    principal_id: session.principalId,
    data: session.data,
    ip,
    user_agent: userAgent?.slice(0, USER_AGENT_LENGTH) ?? null,
    created_at: now,
    last_used_at: now,
    expires_at: session.expiresAt,
  })
}

/**
 * Changes a session that still exists. One that was ended meanwhile stays ended: a slow request that began before
 * signing out must not bring it back.
 */
export async function changeSession(db: Db, realm: Realm, session: SessionToKeep, now: number): Promise<void> {
  await db('sessions').where({ realm, sid_hash: session.sidHash }).update({
    principal_id: session.principalId,
    data: session.data,
    expires_at: session.expiresAt,
    last_used_at: now,
  })
}

/** Moves the end of a session on, as it is used now. */
export async function extendSession(
  db: Db,
  realm: Realm,
  sidHash: string,
  expiresAt: number,
  now: number,
): Promise<void> {
  await db('sessions').where({ realm, sid_hash: sidHash }).update({ expires_at: expiresAt, last_used_at: now })
}

export async function endSession(db: Db, realm: Realm, sidHash: string): Promise<void> {
  await db('sessions').where({ realm, sid_hash: sidHash }).delete()
}

/**
 * Ends every session of these people. Call it in the transaction that changes their password, disables or deletes them.
 */
export async function endSessionsOf(trx: Db, realm: Realm, principalIds: number[]): Promise<void> {
  await trx('sessions').where({ realm }).whereIn('principal_id', listed(trx, principalIds)).delete()
}

/** Ends every session there is, as in a restored copy. */
export async function endEverySession(trx: Db): Promise<void> {
  await trx('sessions').delete()
}

export async function forgetEndedSessions(db: Db, now: number): Promise<void> {
  await db('sessions').where('expires_at', '<=', now).delete()
}
