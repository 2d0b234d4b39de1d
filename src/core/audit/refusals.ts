import type { Db } from '../../db/index.ts'
import { createLimit } from '../throttle/rate-limiter.ts'
import { record, recordOnce, type AuditSubject, type Visitor, type Who } from './record.ts'

const HOUR_MS = 3_600_000

/** How many lines an hour tell of all visitors together, from however many addresses they come. */
export const VISITOR_LINES_AN_HOUR = 1000

/** What somebody was refused. `place` is one of so many, never of the asker's making: it is what refusals are counted by. */
export interface Refusal {
  action: 'access.refused' | 'form.refused' | 'sign-in.slowed'
  who: Who
  place: string
  /** Shown to administrators: without keys of links. */
  data: Record<string, unknown>
}

/**
 * Tells of a refusal, once an hour for each person, or each address nobody is signed in from, and place; of visitors so
 * many an hour in all. What is told already costs one read, so that asking again and again keeps nobody from writing.
 */
export async function recordRefusal(db: Db, { action, who, place, data }: Refusal, now: number): Promise<void> {
  const hour = Math.floor(now / HOUR_MS)
  const asker = 'id' in who ? `${who.kind}:${String(who.id)}` : `visitor:${('ip' in who && who.ip) || 'unknown'}`
  const key = [asker, action, place, hour].join(' ')
  if (await db('audit_events').where({ once_key: key }).first<{ id: number } | undefined>('id')) return
  if (who.kind === 'visitor' && !(await isRoomForVisitor(db))) return
  await recordOnce(db, key, who, action, data, now)
}

/** Tells of a wrong password, and of whom it was for if anybody has that name; what was typed is not kept. */
export async function recordFailedSignIn(
  db: Db,
  face: 'staff' | 'portal',
  ip: string | null,
  account: number | null,
  now: number,
): Promise<void> {
  if (!(await isRoomForVisitor(db))) return
  const who: Visitor = { kind: 'visitor', ip }
  const kind = face === 'staff' ? 'staff' : 'portal_user'
  const subject: AuditSubject | null = account === null ? null : { type: kind, id: account }
  await record(db, who, face === 'staff' ? 'staff.sign-in-failed' : 'portal-user.sign-in-failed', subject, {}, now)
}

async function isRoomForVisitor(db: Db): Promise<boolean> {
  return (await createLimit(db, 'visitor-lines', VISITOR_LINES_AN_HOUR, 3600)('all')) === 0
}
