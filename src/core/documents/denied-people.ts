import type { Db } from '../../db/index.ts'
import type { Holder } from './visible.ts'

/** Somebody whom things can be denied to: who they are, and in which portal. */
export interface DeniedPerson {
  portalId: number
  portalName: string
  contactId: number | null
  name: string
}

/** Null when the access has ended, the invitation is not open any more, or the portal is gone. */
export async function deniedPerson(db: Db, holder: Holder): Promise<DeniedPerson | null> {
  const found =
    'accessId' in holder
      ? await db('portal_access')
          .join('portals', 'portals.id', 'portal_access.portal_id')
          .join('portal_users', 'portal_users.id', 'portal_access.portal_user_id')
          .where({ 'portal_access.id': holder.accessId })
          .whereNull('portal_access.revoked_at')
          .whereNull('portals.removed_at')
          .first<DeniedPerson | undefined>({ ...PORTAL, name: 'portal_users.name' })
      : await db('invitations')
          .join('portals', 'portals.id', 'invitations.portal_id')
          .where({ 'invitations.id': holder.invitationId, 'invitations.status': 'open' })
          .whereNull('portals.removed_at')
          .first<DeniedPerson | undefined>({ ...PORTAL, name: 'invitations.name' })
  return found ?? null
}

const PORTAL = { portalId: 'portals.id', portalName: 'portals.name', contactId: 'portals.contact_id' }

/**
 * The access that an invitation has become when it was accepted; null when that has ended, and for other invitations.
 */
export async function accessFrom(db: Db, invitationId: number): Promise<{ accessId: number } | null> {
  const found = await db('portal_access')
    .join('invitations', join => {
      join.on('invitations.portal_id', 'portal_access.portal_id')
      join.andOn('invitations.accepted_by_portal_user_id', 'portal_access.portal_user_id')
    })
    .where({ 'invitations.id': invitationId, 'invitations.status': 'accepted' })
    .whereNull('portal_access.revoked_at')
    .first<{ accessId: number } | undefined>('portal_access.id as accessId')
  return found ?? null
}

/**
 * Presses at the same moment wait here for each other, and for whoever accepts the invitation or takes the access away.
 */
export async function lockHolder(trx: Db, holder: Holder): Promise<void> {
  if ('accessId' in holder) await trx('portal_access').where({ id: holder.accessId }).forNoKeyUpdate().first('id')
  else await trx('invitations').where({ id: holder.invitationId }).forNoKeyUpdate().first('id')
}
