import type { Db } from '../../db/index.ts'

const FREE_TRIES = 5
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 3_600_000

/** After this many wrong passwords in a row a password no longer works until it is reset by mail (NIST SP 800-63B-4). */
export const TRIES_BEFORE_VOID = 100

const MOST_TRIES = 2_000_000_000

interface Counted {
  failures: number
  locked_until: number
}

export type Attempt = { allowed: true } | { allowed: false; until: number }

/**
 * Takes one try for `key` before the password is looked at, in one statement, so that any number of processes share one
 * count. After five tries each further one doubles the wait, from 30 seconds to an hour. Unknown names are counted too.
 * `voidAfter` is for those who can reset their password themselves; others could be locked out for good by anybody.
 */
export async function takeAttempt(db: Db, key: string, now: number, voidAfter = Infinity): Promise<Attempt> {
  const taken = await db('sign_in_attempts')
    .insert({ key, failures: 1, locked_until: 0, updated_at: now })
    .onConflict('key')
    .merge({
      failures: db.raw('sign_in_attempts.failures + 1'),
      locked_until: db.raw(`case ${waits()} else cast(? as bigint) end`, [...waitBindings(now), now + LONGEST_WAIT_MS]),
      updated_at: now,
    })
    .where('sign_in_attempts.locked_until', '<=', now)
    .where('sign_in_attempts.failures', '<', Math.min(voidAfter, MOST_TRIES))
    .returning<{ failures: number }[]>('failures')
  if (taken.length > 0) return { allowed: true }
  const row = await db('sign_in_attempts').where({ key }).first<Counted | undefined>('failures', 'locked_until')
  if (!row) return { allowed: true } // signed in at this very moment
  return { allowed: false, until: row.failures >= voidAfter ? Infinity : row.locked_until }
}

/** The right password was given: the count starts again. */
export async function forgetAttempts(db: Db, key: string): Promise<void> {
  await db('sign_in_attempts').where({ key }).delete()
}

function waits(): string {
  return waitSteps()
    .map(() => 'when sign_in_attempts.failures + 1 = ? then cast(? as bigint)')
    .join(' ')
    .replace(/^/, 'when sign_in_attempts.failures + 1 < ? then cast(0 as bigint) ')
}

function waitBindings(now: number): number[] {
  return [FREE_TRIES, ...waitSteps().flatMap((wait, index) => [FREE_TRIES + index, now + wait])]
}

function waitSteps(): number[] {
  const steps: number[] = []
  for (let wait = FIRST_WAIT_MS; wait < LONGEST_WAIT_MS; wait *= 2) steps.push(wait)
  return steps
}
