import { isUniqueViolation } from '../db/index.ts'

/** What can happen on a good day is a value: the answer, or the name of the refusal. Bugs and outages are thrown. */
export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E }

export function ok<T>(value: T): { ok: true; value: T } {
  return { ok: true, value }
}

export function refused<E>(error: E): { ok: false; error: E } {
  return { ok: false, error }
}

/** Does the write, and turns the database's refusal of a duplicate into `refusal`: expect the conflict, do not look before. */
export async function unlessTaken<T, E, R>(refusal: R, write: () => Promise<Result<T, E>>): Promise<Result<T, E | R>> {
  try {
    return await write()
  } catch (error) {
    if (isUniqueViolation(error)) return refused(refusal)
    throw error
  }
}
