import type { Db } from '../../db/index.ts'
import type { PortalUser, Staff, System } from '../actors.ts'
import { normalized } from '../names.ts'

export interface AuditSubject {
  type: string
  id: number
}

/** Somebody who is not signed in. `ip` is where the request came from. */
export interface Visitor {
  kind: 'visitor'
  ip: string | null
}

/** As much of an actor as the log keeps. */
export type Who = System | Visitor | Pick<Staff | PortalUser, 'kind' | 'id' | 'ip'>

/**
 * Writes one line of the audit log. Call it inside the transaction of the change it tells of, once per change.
 * `data` holds no password, token or file content.
 */
export async function record(
  trx: Db,
  actor: Who,
  action: string,
  subject: AuditSubject | null,
  data: Record<string, unknown>,
  now: number,
): Promise<void> {
  await trx('audit_events').insert(line(actor, action, subject, data, now))
}

/** Writes one line, unless there is one with this key already: whoever comes first writes it. */
export async function recordOnce(
  db: Db,
  key: string,
  actor: Who,
  action: string,
  data: Record<string, unknown>,
  now: number,
): Promise<void> {
  const once = { ...line(actor, action, null, data, now), once_key: key }
  await db('audit_events').insert(once).onConflict().ignore()
}

function line(
  actor: Who,
  action: string,
  subject: AuditSubject | null,
  data: Record<string, unknown>,
  now: number,
): Record<string, unknown> {
  const ip = 'ip' in actor ? actor.ip : null
  const text = JSON.stringify(data)
  return {
    occurred_at: now,
    actor_type: actor.kind,
    actor_id: 'id' in actor ? actor.id : null,
    action,
    subject_type: subject?.type ?? null,
    subject_id: subject?.id ?? null,
    ip,
    data: text,
    search: [action, ip ?? '', text].map(normalized).join('\n'),
  }
}
