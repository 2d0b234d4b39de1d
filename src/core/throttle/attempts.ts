import type { Db } from '../../db/index.ts'
import { derivedKey, keyedHash } from '../secrets.ts'

const FREE_TRIES = 5
const FIRST_WAIT_MS = 30_000
const LONGEST_WAIT_MS = 3_600_000
const DAY_MS = 24 * 3_600_000
/** Of clocks, and of who was overtaken: by no more one try is ahead of the next. */
const SLACK_MS = 60_000

/**
 * After this many wrong passwords in a row a password no longer works until it is reset by mail (NIST SP 800-63B-4).
 */
export const TRIES_BEFORE_VOID = 100

const MOST_TRIES = 2_000_000_000

/** What is guessed at: passwords, or the codes of a second factor. */
export type Guessed = 'sign-in' | 'code'

/** The key that tries at an account are counted under. */
export function accountKey(appSecret: string, realm: 'staff' | 'portal', guessed: Guessed, id: number): string {
  return keyedHash(attemptsKey(appSecret, realm, guessed), `account ${String(id)}`)
}

/** As `accountKey`, for a name that leads to no account. */
export function nameKey(appSecret: string, realm: 'staff' | 'portal', guessed: Guessed, name: string): string {
  return keyedHash(attemptsKey(appSecret, realm, guessed), `name ${name}`)
}

function attemptsKey(appSecret: string, realm: string, guessed: Guessed): Buffer {
  return derivedKey(appSecret, `${guessed} attempts ${realm}`)
}

interface Counted {
  failures: number
  locked_until: number
}

/** `tries` is how many there were in a row with this one. */
export type Attempt = { allowed: true; tries: number } | { allowed: false; until: number }

/**
 * What becomes of an account after a hundred tries in a row: each further one waits an hour, or a day, or none is
 * allowed.
 */
export type AfterHundred = 'hour' | 'day' | 'void'

/**
 * Takes one try for `key` before the password is looked at, in one statement, so that any number of processes share one
 * count. After five tries each further one doubles the wait, from 30 seconds to an hour. Unknown names are counted too.
 * 'void' is for those who can reset their password themselves; others could be locked out for good by anybody.
 */
export async function takeAttempt(
  db: Db,
  key: string,
  now: number,
  afterHundred: AfterHundred = 'hour',
): Promise<Attempt> {
  const voidAfter = afterHundred === 'void' ? TRIES_BEFORE_VOID : Infinity
  const taken = await db('sign_in_attempts')
    .insert({ key, failures: 1, locked_until: 0, updated_at: now })
    .onConflict('key')
    .merge({
      failures: db.raw('sign_in_attempts.failures + 1'),
      locked_until: db.raw(`case ${waits()} else cast(? as bigint) end`, [
        ...waitBindings(now, afterHundred === 'day' ? DAY_MS : LONGEST_WAIT_MS),
        now + LONGEST_WAIT_MS,
      ]),
      updated_at: now,
    })
    // No wait is longer than that: then the clock was set back.
    .whereNotBetween('sign_in_attempts.locked_until', [now + 1, now + DAY_MS + SLACK_MS])
    .where('sign_in_attempts.failures', '<', Math.min(voidAfter, MOST_TRIES))
    .returning<{ failures: number }[]>('failures')
  if (taken[0]) return { allowed: true, tries: taken[0].failures }
  const row = await db('sign_in_attempts').where({ key }).first<Counted | undefined>('failures', 'locked_until')
  if (!row) return { allowed: true, tries: 1 } // signed in at this very moment
  return { allowed: false, until: row.failures >= voidAfter ? Infinity : row.locked_until }
}

/** The right password was given: the count starts again. */
export async function forgetAttempts(db: Db, key: string): Promise<void> {
  await db('sign_in_attempts').where({ key }).delete()
}

/** Makes a count stand where no further try is allowed, for a name whose tries are 'void' after a hundred. */
export async function voidAttempts(db: Db, key: string, now: number): Promise<void> {
  const spent = { failures: TRIES_BEFORE_VOID, locked_until: now, updated_at: now }
  await db('sign_in_attempts')
    .insert({ key, ...spent })
    .onConflict('key')
    .merge(spent)
}

function waits(): string {
  const steps = waitSteps().map(() => 'when sign_in_attempts.failures + 1 = ? then cast(? as bigint)')
  const free = 'when sign_in_attempts.failures + 1 < ? then cast(0 as bigint)'
  const many = 'when sign_in_attempts.failures + 1 >= ? then cast(? as bigint)'
  return [free, ...steps, many].join(' ')
}

function waitBindings(now: number, waitAfterHundred: number): number[] {
  const steps = waitSteps().flatMap((wait, index) => [FREE_TRIES + index, now + wait])
  return [FREE_TRIES, ...steps, TRIES_BEFORE_VOID, now + waitAfterHundred]
}

function waitSteps(): number[] {
  const steps: number[] = []
  for (let wait = FIRST_WAIT_MS; wait < LONGEST_WAIT_MS; wait *= 2) steps.push(wait)
  return steps
}
