import type { Config } from '../../config.ts'
import { insertMany, listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { sealedKey, stepOfCode } from './keys.ts'
import { newRecoveryCodes, recoveryCodeHash } from './recovery-codes.ts'

type Whose = Pick<Staff | PortalUser, 'kind' | 'id'>

/** A second factor that is on. `codesLeft` counts recovery codes that were not used yet. */
export interface OwnFactor {
  since: number
  codesLeft: number
}

/** The second factor of this person, or null. */
export async function factorOf(db: Db, person: Whose): Promise<OwnFactor | null> {
  const row = await rowOf(db, person)
  if (!row) return null
  const [left] = await db('recovery_codes')
    .where({ second_factor_id: row.id })
    .count<{ total: number }[]>({ total: '*' })
  return { since: row.created_at, codesLeft: left?.total ?? 0 }
}

/**
 * Writes a second factor of a person who has none, and gives back its recovery codes. `step` is of the code they proved
 * it with.
 */
export async function addFactor(
  trx: Db,
  { appSecret }: Config,
  { kind, id }: Whose,
  { key, step }: { key: string; step: number },
  now: number,
): Promise<string[]> {
  const [row] = await trx('second_factors')
    .insert({
      [kind === 'staff' ? 'staff_user_id' : 'portal_user_id']: id,
      sealed_key: sealedKey(appSecret, key),
      last_step: step,
      created_at: now,
    })
    .returning<{ id: number }[]>('id')
  if (!row) throw new Error('The database gave back no id')
  return writeCodes(trx, appSecret, row.id)
}

/** Other recovery codes in the place of those there are; [] for somebody without a second factor. */
export async function replaceRecoveryCodes(trx: Db, { appSecret }: Config, person: Whose): Promise<string[]> {
  const row = await rowOf(trx, person)
  if (!row) return []
  await trx('recovery_codes').where({ second_factor_id: row.id }).delete()
  return writeCodes(trx, appSecret, row.id)
}

/** Ends the second factors of these people, if they have any. */
export async function removeFactors(trx: Db, kind: Whose['kind'], ids: number[]): Promise<void> {
  const whose = kind === 'staff' ? 'staff_user_id' : 'portal_user_id'
  const theirs = trx('second_factors').whereIn(whose, listed(trx, ids)).select('id')
  await trx('recovery_codes').whereIn('second_factor_id', theirs).delete()
  await trx('second_factors').whereIn(whose, listed(trx, ids)).delete()
}

/** What proved that somebody has their second factor. */
export type CodeUse = 'app' | 'recovery-code'

/**
 * Uses up a code, of the app or for recovery, and says which it was; null for a wrong one. Each is taken once, however many
 * try at the same moment, and of those of the app none older than the last.
 */
export async function useCode(
  trx: Db,
  { appSecret }: Config,
  person: Whose,
  typed: string,
  now: number,
): Promise<CodeUse | null> {
  const row = await rowOf(trx, person)
  if (!row) return null
  const digits = typed.replace(/[\s-]/g, '')
  const step = /^\d{6}$/.test(digits) ? stepOfCode(appSecret, row.sealed_key, digits, now) : null
  if (step === null) return (await spendRecoveryCode(trx, appSecret, row.id, typed)) ? 'recovery-code' : null
  const taken = await trx('second_factors')
    .where({ id: row.id })
    .where('last_step', '<', step)
    .update({ last_step: step })
  return taken === 1 ? 'app' : null
}

async function spendRecoveryCode(trx: Db, appSecret: string, factorId: number, typed: string): Promise<boolean> {
  const code_hash = recoveryCodeHash(appSecret, factorId, typed)
  return (await trx('recovery_codes').where({ second_factor_id: factorId, code_hash }).delete()) === 1
}

async function writeCodes(trx: Db, appSecret: string, factorId: number): Promise<string[]> {
  const codes = newRecoveryCodes()
  const rows = codes.map(code => ({
    second_factor_id: factorId,
    code_hash: recoveryCodeHash(appSecret, factorId, code),
  }))
  await insertMany(trx, 'recovery_codes', ['second_factor_id', 'code_hash'], rows)
  return codes
}

interface FactorRow {
  id: number
  sealed_key: string
  created_at: number
}

async function rowOf(db: Db, { kind, id }: Whose): Promise<FactorRow | undefined> {
  return db('second_factors')
    .where(kind === 'staff' ? { staff_user_id: id } : { portal_user_id: id })
    .first<FactorRow | undefined>('id', 'sealed_key', 'created_at')
}
