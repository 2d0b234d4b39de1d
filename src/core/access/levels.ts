import { updateMany } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { giveAccess, takeAccess } from './records.ts'

export type AccessLevel = 'full' | 'standard' | 'read_only'

/** The one that allows most comes first. */
export const ACCESS_LEVELS: readonly AccessLevel[] = ['full', 'standard', 'read_only']

/** The portals somebody is to have, and how much each is to allow; null for a portal they are not to have. */
export type WantedLevels = Map<number, AccessLevel | null>

interface HeldAccess {
  id: number
  portalId: number
  level: AccessLevel
}

/** The level of every portal that somebody has access to now, by portal id. */
export async function accessLevelsOf(db: Db, portalUserId: number): Promise<Map<number, AccessLevel>> {
  const held = await heldBy(db, portalUserId)
  return new Map(held.map(access => [access.portalId, access.level]))
}

/**
 * Makes the access of one person what is wanted, portal by portal; portals that are not named stay as they are. Returns
 * the portals whose access changed. The caller audits.
 */
export async function setAccessLevels(
  trx: Db,
  staff: Staff,
  portalUserId: number,
  wanted: WantedLevels,
  now: number,
): Promise<number[]> {
  const held = await heldBy(trx, portalUserId)
  const giving = [...wanted].filter(([portalId, level]) => level && !held.some(access => access.portalId === portalId))
  const taking = held.filter(({ portalId }) => wanted.get(portalId) === null)
  const pairs = giving.map(([portalId]) => ({ portalUserId, portalId }))
  await giveAccess(trx, pairs, { source: 'staff', staff, batchId: null }, now)
  if (taking.length > 0)
    await takeAccess(
      trx,
      taking.map(access => access.id),
      null,
      now,
    )
  const levelled = (await heldBy(trx, portalUserId)).flatMap(access => {
    const level = wanted.get(access.portalId)
    return level && level !== access.level ? [{ ...access, level }] : []
  })
  const rows = levelled.map(({ id, level }) => ({ id, access_level: level }))
  await updateMany(trx, 'portal_access', ['access_level'], rows)
  return [...new Set([...pairs, ...taking, ...levelled].map(access => access.portalId))]
}

async function heldBy(db: Db, portalUserId: number): Promise<HeldAccess[]> {
  return db('portal_access')
    .where({ portal_user_id: portalUserId })
    .whereNull('revoked_at')
    .orderBy('id')
    .select<HeldAccess[]>('id', 'portal_id as portalId', 'access_level as level')
}
