import type { Db } from '../../db/index.ts'
import { system, type PortalUser, type Staff } from '../actors.ts'
import { createLimit, type Limit } from '../throttle/rate-limiter.ts'
import { record, recordOnce, type AuditSubject, type Visitor, type Who } from './record.ts'

const HOUR_MS = 3_600_000

/**
 * How many lines an hour tell of refusals to all visitors together, from however many addresses they come, and as many again
 * of sign-ins with names nobody has. Past that one line says that others are left out.
 */
export const VISITOR_LINES_AN_HOUR = 1000

/** What visitors may fill up, each on its own so that none hides another. */
type Budget = 'refusals' | 'unknown-names'

/** The budgets as this process knows them: a full one is neither counted nor told of again on each request. */
const budgets = new WeakMap<Db, Record<Budget, { limit: Limit; toldIn: number }>>()

/**
 * What somebody was refused. `place` is one of so many, never of the asker's making: it is what refusals are counted
 * by.
 */
export interface Refusal {
  action: 'access.refused' | 'form.refused' | 'sign-in.slowed'
  who: Who
  place: string
  /** Shown to administrators: without keys of links. */
  data: Record<string, unknown>
}

/**
 * Tells of a refusal, once an hour for each person, or each address nobody is signed in from, and place; of visitors so
 * many an hour in all. What is told already, or finds no room, costs one read: asking again and again keeps nobody from
 * writing.
 */
export async function recordRefusal(db: Db, { action, who, place, data }: Refusal, now: number): Promise<void> {
  const hour = Math.floor(now / HOUR_MS)
  const asker = 'id' in who ? `${who.kind}:${String(who.id)}` : `visitor:${('ip' in who && who.ip) || 'unknown'}`
  const key = [asker, action, place, hour].join(' ')
  if (await db('audit_events').where({ once_key: key }).first<{ id: number } | undefined>('id')) return
  if (who.kind === 'visitor' && !(await isRoomIn(db, 'refusals', now))) return
  await recordOnce(db, key, who, action, data, now)
}

/**
 * Tells of a wrong password, or of a wrong code after the right one, and of whom it was for if anybody has that name; what was typed is not kept. Tries at an account
 * are all told, as few as it is given; of names nobody has so many an hour.
 */
export async function recordFailedSignIn(
  db: Db,
  face: 'staff' | 'portal',
  ip: string | null,
  account: number | null,
  now: number,
  how: { step?: 'code' } = {},
): Promise<void> {
  if (account === null && !(await isRoomIn(db, 'unknown-names', now))) return
  const who: Visitor = { kind: 'visitor', ip }
  const kind = face === 'staff' ? 'staff' : 'portal_user'
  const subject: AuditSubject | null = account === null ? null : { type: kind, id: account }
  await record(db, who, face === 'staff' ? 'staff.sign-in-failed' : 'portal-user.sign-in-failed', subject, how, now)
}

/** Tells that somebody who is signed in gave a wrong password or code where they had to prove themselves. */
export async function recordFailedProof(
  db: Db,
  person: Pick<Staff | PortalUser, 'kind' | 'id' | 'ip'>,
  step: 'password' | 'code',
  now: number,
): Promise<void> {
  const action = person.kind === 'staff' ? 'staff.proof-failed' : 'portal-user.proof-failed'
  await record(db, person, action, { type: person.kind, id: person.id }, { step }, now)
}

async function isRoomIn(db: Db, of: Budget, now: number): Promise<boolean> {
  const budget = budgetsOf(db)[of]
  if ((await budget.limit('all')) === 0) return true
  const hour = Math.floor(now / HOUR_MS)
  if (budget.toldIn === hour) return false
  await recordOnce(db, ['lines-left-out', of, hour].join(' '), system, 'activity.lines-left-out', { of }, now)
  budget.toldIn = hour
  return false
}

function budgetsOf(db: Db): Record<Budget, { limit: Limit; toldIn: number }> {
  const known = budgets.get(db)
  if (known) return known
  const made = { refusals: newBudget(db, 'visitor-lines'), 'unknown-names': newBudget(db, 'visitor-sign-in-lines') }
  budgets.set(db, made)
  return made
}

function newBudget(db: Db, name: string): { limit: Limit; toldIn: number } {
  return { limit: createLimit(db, name, VISITOR_LINES_AN_HOUR, 3600, { rememberFull: true }), toldIn: -1 }
}
