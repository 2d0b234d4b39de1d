import type { Db } from '../../db/index.ts'
import { setAccessLevels, type WantedLevels } from '../access/levels.ts'
import { tickPermissions, type Permissions } from '../access/permissions.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { emailKey } from '../email-address.ts'
import { cancelSignInDetails } from '../mail/sign-in-details.ts'
import { normalizedUsername } from '../names.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { setRoles } from '../roles/holders.ts'
import { revokeLinksOf } from './links.ts'
import { emailStays, portalUserRow, type PortalUserRecord } from './one.ts'
import { takenName, type TakenName } from './owners.ts'
import { renamePortalUsers } from './records.ts'

/**
 * What staff may change of a portal user. `version` is the one that was shown. `permissions` are the ticks of portals they
 * have access to afterwards; roles of null stay as they are.
 */
export interface PortalUserChange {
  version: number
  companyId: number | null
  name: string
  username: string
  email: string | null
  levels: WantedLevels
  permissions: Map<number, Permissions>
  roleIds: number[] | null
}

export type ChangeRefusal = 'not-found' | 'changed-meanwhile' | 'email-stays' | TakenName

/**
 * Changes names, company, roles and portals of somebody. Refused with 'email-stays' for a new address of somebody who has signed
 * in or chosen a password: nobody has confirmed that it is theirs. For others a new address is a correction: mail to the old one is given up, and
 * the temporary password that went there stops working. A username that was the address follows it. `newAddress` says
 * whether that happened.
 */
export async function changePortalUser(
  db: Db,
  staff: Staff,
  id: number,
  change: PortalUserChange,
  now: number,
): Promise<Result<{ newAddress: boolean }, ChangeRefusal>> {
  const changed = await unlessTaken('taken' as const, () =>
    db.transaction(trx => changeInside(trx, staff, id, change, now)),
  )
  if (changed.ok) return changed
  if (changed.error !== 'taken') return refused(changed.error)
  return refused((await takenName(db, change, id)) ?? 'changed-meanwhile')
}

async function changeInside(
  trx: Db,
  staff: Staff,
  id: number,
  change: PortalUserChange,
  now: number,
): Promise<Result<{ newAddress: boolean }, ChangeRefusal>> {
  const before = await portalUserRow(trx, id)
  if (!before) return refused('not-found')
  const newAddress = key(change.email) !== key(before.email)
  if (newAddress && emailStays(before)) return refused('email-stays')
  const names = { id, name: change.name, email: change.email, username: usernameAfter(before, change) }
  const taken = await takenName(trx, names, id)
  if (taken) return refused(taken)
  if (!(await claimVersion(trx, before, change, now))) return refused('changed-meanwhile')
  await renamePortalUsers(trx, [names], now)
  if (newAddress) await forgetOldAddress(trx, id, now)
  const about = {
    fields: changedFields(before, { ...change, ...names }),
    portalIds: await changeAccess(trx, staff, id, change, now),
    ...(await changeRoles(trx, id, change)),
  }
  if (about.fields.length > 0 || about.portalIds.length > 0 || about.roleIds)
    await record(trx, staff, 'portal-user.changed', { type: 'portal_user', id }, about, now)
  return ok({ newAddress })
}

/** The portals where the level or a tick changed. */
async function changeAccess(
  trx: Db,
  staff: Staff,
  id: number,
  { levels, permissions }: PortalUserChange,
  now: number,
): Promise<number[]> {
  const levelled = await setAccessLevels(trx, staff, id, levels, now)
  const ticked = await tickPermissions(trx, id, permissions)
  return [...new Set([...levelled, ...ticked])]
}

async function changeRoles(trx: Db, id: number, { roleIds }: PortalUserChange): Promise<{ roleIds?: number[] }> {
  if (roleIds === null) return {}
  const changed = await setRoles(trx, [{ portalUserId: id, roleIds }])
  return changed.length > 0 ? { roleIds } : {}
}

function key(email: string | null): string | null {
  return email === null ? null : emailKey(email)
}

function usernameAfter(before: PortalUserRecord, change: PortalUserChange): string {
  const wasAddress = before.email !== null && normalizedUsername(before.username) === emailKey(before.email)
  const isSame = change.username === before.username
  return wasAddress && isSame && change.email !== null ? change.email : change.username
}

/** Moves the version on, and the company with it; false when somebody else changed the row since it was shown. */
async function claimVersion(
  trx: Db,
  before: PortalUserRecord,
  change: PortalUserChange,
  now: number,
): Promise<boolean> {
  const company = change.companyId === before.companyId ? {} : { company_id: change.companyId }
  const changed = await trx('portal_users')
    .where({ id: before.id, version: change.version })
    .whereNull('deleted_at')
    .update({ ...company, version: change.version + 1, updated_at: now })
  return changed === 1
}

/** Whoever reads mail at the old address must not get in with what was sent there. */
async function forgetOldAddress(trx: Db, id: number, now: number): Promise<void> {
  await cancelSignInDetails(trx, [id], now)
  await revokeLinksOf(trx, [id], now)
  await trx('portal_users').where({ id, must_change_password: true }).update({ temporary_password_expires_at: now })
}

function changedFields(
  before: PortalUserRecord,
  after: Pick<PortalUserRecord, 'companyId' | 'name' | 'username' | 'email'>,
): string[] {
  return (['companyId', 'name', 'username', 'email'] as const).filter(field => before[field] !== after[field])
}
