import type { Db } from '../../db/index.ts'
import { setAccessLevels, type WantedLevels } from '../access/levels.ts'
import { tickPermissions, type Permissions } from '../access/permissions.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { emailKey } from '../email-address.ts'
import { allOrNothing, ok, refused, unlessTaken, type Result } from '../result.ts'
import { setRoles } from '../roles/holders.ts'
import { askForEmailChange, pendingEmailOf, usernameWith, type EmailChangeDeps } from './email-changes.ts'
import { confirmsEmail, portalUserRow, type PortalUserRecord } from './one.ts'
import { forgetOldAddress } from './old-address.ts'
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

export type ChangeRefusal = 'not-found' | 'changed-meanwhile' | 'cannot-confirm' | TakenName

/** What became of the sign-in address: the same as before, another one at once, or another one once it is confirmed. */
export type EmailOutcome = 'same' | 'corrected' | 'asked'

/**
 * Changes names, company, roles and portals of somebody. A new address of somebody who has signed in or chosen a password waits
 * until they confirm it with a link that is mailed there; refused with 'cannot-confirm' when it is taken away, or when they
 * are disabled. For others it is a correction: mail to the old one is given up, and the temporary password that went there
 * stops working. A username that was the address follows it. Doing it twice does it once.
 */
export async function changePortalUser(
  db: Db,
  deps: EmailChangeDeps,
  staff: Staff,
  id: number,
  change: PortalUserChange,
  now: number,
): Promise<Result<EmailOutcome, ChangeRefusal>> {
  const changed = await unlessTaken('taken' as const, () =>
    allOrNothing(db, trx => changeInside(trx, deps, staff, id, change, now)),
  )
  if (changed.ok) return changed
  if (changed.error !== 'taken') return refused(changed.error)
  return refused((await takenName(db, change, id)) ?? 'changed-meanwhile')
}

async function changeInside(
  trx: Db,
  deps: EmailChangeDeps,
  staff: Staff,
  id: number,
  change: PortalUserChange,
  now: number,
): Promise<Result<EmailOutcome, ChangeRefusal>> {
  const claimed = await claimVersion(trx, id, change.version, now)
  const before = await portalUserRow(trx, id)
  if (!before) return refused('not-found')
  const outcome = emailOutcome(before, change)
  if (!claimed) return (await isSaved(trx, staff, before, change, now)) ? ok(outcome) : refused('changed-meanwhile')
  if (outcome === 'asked' && (change.email === null || before.status === 'disabled')) return refused('cannot-confirm')
  const names = { id, name: change.name, ...signInNamesAfter(before, change, outcome) }
  const taken = await takenName(trx, { ...names, email: change.email }, id)
  if (taken) return refused(taken)
  if (change.companyId !== before.companyId)
    await trx('portal_users').where({ id }).update({ company_id: change.companyId })
  await renamePortalUsers(trx, [names], now)
  if (outcome === 'corrected') await forgetOldAddress(trx, id, now)
  if (outcome === 'asked') await askFor(trx, deps, staff, { ...before, ...names }, change.email, now)
  const about = {
    fields: changedFields(before, { ...change, ...names }),
    portalIds: await changeAccess(trx, staff, id, change, now),
    ...(await changeRoles(trx, id, change)),
  }
  if (about.fields.length > 0 || about.portalIds.length > 0 || about.roleIds)
    await record(trx, staff, 'portal-user.changed', { type: 'portal_user', id }, about, now)
  return ok(outcome)
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

function emailOutcome(before: PortalUserRecord, { email }: PortalUserChange): EmailOutcome {
  if (key(email) === key(before.email)) return 'same'
  return confirmsEmail(before) ? 'asked' : 'corrected'
}

/** Username and address from now on. While a new address waits, a username that is to be it stays the old address. */
function signInNamesAfter(
  before: PortalUserRecord,
  change: PortalUserChange,
  outcome: EmailOutcome,
): Pick<PortalUserRecord, 'username' | 'email'> {
  const { username, email } = change
  if (outcome !== 'asked') {
    const follows = username === before.username && email !== null
    return { email, username: follows ? usernameWith(before, email) : username }
  }
  const isNewAddress = email !== null && emailKey(username) === emailKey(email)
  return { email: before.email, username: isNewAddress ? (before.email ?? before.username) : username }
}

async function askFor(
  trx: Db,
  deps: EmailChangeDeps,
  staff: Staff,
  person: PortalUserRecord,
  email: string | null,
  now: number,
): Promise<void> {
  if (email === null) return
  await askForEmailChange(trx, deps, person, email, now)
  await record(trx, staff, 'portal-user.email-change-asked', { type: 'portal_user', id: person.id }, { email }, now)
}

/**
 * Moves the version on before anything is read, so that others wait; false when somebody changed the row since it was
 * shown.
 */
async function claimVersion(trx: Db, id: number, version: number, now: number): Promise<boolean> {
  const changed = await trx('portal_users')
    .where({ id, version })
    .whereNull('deleted_at')
    .update({ version: version + 1, updated_at: now })
  return changed === 1
}

/**
 * Whether all of this is so already: the second press of Save, which finds the version of the first. It may have written
 * something when the answer is false, so the caller has to undo.
 */
async function isSaved(
  trx: Db,
  staff: Staff,
  before: PortalUserRecord,
  change: PortalUserChange,
  now: number,
): Promise<boolean> {
  const outcome = emailOutcome(before, change)
  const waiting = outcome === 'asked' ? ((await pendingEmailOf(trx, before.id))?.email ?? null) : before.email
  if (key(waiting) !== key(change.email)) return false
  const after = { ...change, ...signInNamesAfter(before, change, outcome) }
  if (changedFields(before, after).length > 0) return false
  const portals = await changeAccess(trx, staff, before.id, change, now)
  return portals.length === 0 && (await changeRoles(trx, before.id, change)).roleIds === undefined
}

function changedFields(
  before: PortalUserRecord,
  after: Pick<PortalUserRecord, 'companyId' | 'name' | 'username' | 'email'>,
): string[] {
  return (['companyId', 'name', 'username', 'email'] as const).filter(field => before[field] !== after[field])
}
