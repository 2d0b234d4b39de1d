import type { Db } from '../../db/index.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { tokenHash } from '../secrets.ts'
import type { Realm } from './rows.ts'

type Person = Pick<Staff | PortalUser, 'kind' | 'id' | 'ip'>

/**
 * One place where somebody is signed in. `key` names it in a form; knowing it opens nothing. `ip` and `userAgent` are
 * of the sign-in.
 */
export interface OwnSession {
  key: string
  startedAt: number
  lastUsedAt: number
  ip: string | null
  userAgent: string | null
  isThis: boolean
}

/**
 * Where somebody is signed in now, this place first and then the last used. `sid` is the cookie's value of this place.
 */
export async function ownSessions(db: Db, person: Person, sid: string, now: number): Promise<OwnSession[]> {
  const rows = await ownRows(db, person)
    .where('expires_at', '>', now)
    .orderByRaw('coalesce(last_used_at, created_at) desc, sid_hash')
    .select<SessionRow[]>('sid_hash', 'created_at', 'last_used_at', 'ip', 'user_agent')
  const here = tokenHash(sid)
  const sessions = rows.map(row => ({
    key: row.sid_hash,
    startedAt: row.created_at,
    lastUsedAt: row.last_used_at ?? row.created_at,
    ip: row.ip,
    userAgent: row.user_agent,
    isThis: row.sid_hash === here,
  }))
  return sessions.toSorted((a, b) => Number(b.isThis) - Number(a.isThis))
}

/** Signs out of this place. `sid` is the cookie's value; a second press finds nothing to end, and is not told of. */
export function endSessionHere(db: Db, person: Person, sid: string, now: number): Promise<void> {
  return db.transaction(async trx => {
    const ended = await ownRows(trx, person)
      .where({ sid_hash: tokenHash(sid) })
      .delete()
    const action = person.kind === 'staff' ? 'staff.signed-out' : 'portal-user.signed-out'
    if (ended > 0) await record(trx, person, action, { type: person.kind, id: person.id }, {}, now)
  })
}

/** Ends one of one's own sessions. False, and nothing changes, when it has ended already or is somebody else's. */
export function endOwnSession(db: Db, person: Person, key: string, now: number): Promise<boolean> {
  return db.transaction(async trx => {
    const ended = await ownRows(trx, person).where({ sid_hash: key }).delete()
    if (ended > 0) await recordEnd(trx, person, ended, now)
    return ended > 0
  })
}

/** Ends every session of one's own but this one, and says how many. */
export function endOtherSessions(db: Db, person: Person, sid: string, now: number): Promise<number> {
  return db.transaction(async trx => {
    const ended = await ownRows(trx, person)
      .whereNot({ sid_hash: tokenHash(sid) })
      .delete()
    if (ended > 0) await recordEnd(trx, person, ended, now)
    return ended
  })
}

interface SessionRow {
  sid_hash: string
  created_at: number
  last_used_at: number | null
  ip: string | null
  user_agent: string | null
}

function ownRows(db: Db, { kind, id }: Person) {
  const realm: Realm = kind === 'staff' ? 'staff' : 'portal'
  return db('sessions').where({ realm, principal_id: id })
}

function recordEnd(trx: Db, person: Person, sessions: number, now: number): Promise<void> {
  const action = person.kind === 'staff' ? 'staff.own-sessions-ended' : 'portal-user.own-sessions-ended'
  return record(trx, person, action, { type: person.kind, id: person.id }, { sessions }, now)
}
