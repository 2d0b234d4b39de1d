import { listed, updateMany } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { AccessLevel } from './levels.ts'
import { giveAccess, type AccessOrigin, type AccessPair } from './records.ts'

/** Access of one portal user to one portal, and how much it allows. */
export interface LevelledAccess extends AccessPair {
  level: AccessLevel
}

/** The access that these portal users have now, with its levels. */
export function levelledAccessOf(db: Db, portalUserIds: number[]): Promise<(LevelledAccess & { id: number })[]> {
  return db('portal_access')
    .whereIn('portal_user_id', listed(db, portalUserIds))
    .whereNull('revoked_at')
    .orderBy('id')
    .select<(LevelledAccess & { id: number })[]>(
      'id',
      'portal_id as portalId',
      'portal_user_id as portalUserId',
      'access_level as level',
    )
}

/** Gives access that is missing, and makes the level of all of it what is asked for. The caller audits. */
export async function giveLevels(trx: Db, asked: LevelledAccess[], origin: AccessOrigin, now: number): Promise<void> {
  const ids = [...new Set(asked.map(access => access.portalUserId))]
  const held = new Set((await levelledAccessOf(trx, ids)).map(keyOf))
  await giveAccess(
    trx,
    asked.filter(access => !held.has(keyOf(access))),
    origin,
    now,
  )
  const wanted = new Map(asked.map(access => [keyOf(access), access.level]))
  const rows = (await levelledAccessOf(trx, ids)).flatMap(access => {
    const level = wanted.get(keyOf(access))
    return level && level !== access.level ? [{ id: access.id, access_level: level }] : []
  })
  await updateMany(trx, 'portal_access', ['access_level'], rows)
}

function keyOf({ portalUserId, portalId }: AccessPair): string {
  return `${String(portalUserId)}:${String(portalId)}`
}
