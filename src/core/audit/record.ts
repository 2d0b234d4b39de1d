import type { Db } from '../../db/index.ts'
import type { PortalUser, Staff, System } from '../actors.ts'

export interface AuditSubject {
  type: string
  id: number
}

/** As much of an actor as the log keeps. */
type Who = System | Pick<Staff | PortalUser, 'kind' | 'id' | 'ip'>

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
  await trx('audit_events').insert({
    occurred_at: now,
    actor_type: actor.kind,
    actor_id: actor.kind === 'system' ? null : actor.id,
    action,
    subject_type: subject?.type ?? null,
    subject_id: subject?.id ?? null,
    ip: actor.kind === 'system' ? null : actor.ip,
    data: JSON.stringify(data),
  })
}
