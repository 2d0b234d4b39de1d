import type { Knex } from 'knex'
import { isUniqueViolation, type Db } from '../db/index.ts'

export { isAway, isBusy } from '../db/index.ts'

/** What can happen on a good day is a value: the answer, or the name of the refusal. Bugs and outages are thrown. */
export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E }

export function ok<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

export function refused<E>(error: E): { ok: false; error: E } {
  return { ok: false, error }
}

/**
 * Does the write, and turns the database's refusal of a duplicate into `refusal`: expect the conflict, do not look
 * before.
 */
export async function unlessTaken<T, E, R>(refusal: R, write: () => Promise<Result<T, E>>): Promise<Result<T, E | R>> {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error)) return refused(refusal)
    throw error
  }
}

/** A transaction whose refusals, too, undo what it has written so far. */
export async function allOrNothing<T, E>(
  db: Db,
  write: (trx: Knex.Transaction) => Promise<Result<T, E>>,
): Promise<Result<T, E>> {
  const refusal: { answer: Result<T, E> | null } = { answer: null }
  try {
    return await db.transaction(async trx => {
      const answer = await write(trx)
      if (answer.ok) return answer
      refusal.answer = answer
      throw refusal
    })
  } catch (error) {
    if (error === refusal && refusal.answer) return refusal.answer
    throw error
  }
}
