import type { Db } from '../../db/index.ts'
import { setAccessLevels } from '../access/levels.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { emailKey } from '../email-address.ts'
import { sharedPortals } from '../portals/portals.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { setRoles } from '../roles/holders.ts'
import { writeSignInDetails, type DetailsMail } from './details-mail.ts'
import { takenName, type TakenName } from './owners.ts'
import type { PasswordDeps } from './own-password.ts'
import { addPortalUsers } from './records.ts'

/** A portal user as staff type one in. An empty name becomes that of the contact with this address, or the address. */
export interface TypedPortalUser {
  companyId: number
  name: string
  email: string
  username: string
  /** Null: the mail has a link with which they choose a password themselves. */
  temporaryPassword: string | null
  portalIds: number[]
  roleIds: number[]
}

/**
 * Adds somebody who may sign in, gives them the portals and roles, and writes the mail with their sign-in details, all or nothing.
 * The mail is held while none of the portals is enabled. A contact of the company with this address, if it is the only one
 * and has no login, becomes theirs. Refused with whose the email address or username is already.
 */
export async function addPortalUser(
  db: Db,
  deps: PasswordDeps,
  staff: Staff,
  typed: TypedPortalUser,
  now: number,
): Promise<Result<{ id: number; mail: DetailsMail }, TakenName>> {
  const { temporaryPassword } = typed
  const temporaryPasswordHash = temporaryPassword === null ? null : await deps.passwords.hash(temporaryPassword)
  const added = await unlessTaken('taken' as const, () =>
    db.transaction(async trx => {
      const taken = await takenName(trx, typed)
      if (taken) return refused(taken)
      const contact = await contactFor(trx, typed)
      const user = { ...typed, contactId: contact?.id ?? null, name: typed.name || (contact?.name ?? typed.email) }
      const [id = 0] = await addPortalUsers(trx, [{ ...user, temporaryPasswordHash }], now)
      const portalIds = await givePortals(trx, staff, id, typed.portalIds, now)
      await setRoles(trx, [{ portalUserId: id, roleIds: typed.roleIds }])
      const mail = await writeSignInDetails(trx, deps, { ...user, id }, temporaryPassword, now)
      const about = {
        name: user.name,
        companyId: user.companyId,
        contactId: user.contactId,
        portalIds,
        roleIds: typed.roleIds,
        mail,
      }
      await record(trx, staff, 'portal-user.added', { type: 'portal_user', id }, about, now)
      return ok({ id, mail })
    }),
  )
  if (added.ok || added.error !== 'taken') return added as Result<{ id: number; mail: DetailsMail }, TakenName>
  const taken = await takenName(db, typed)
  if (!taken) throw new Error('A name was taken and nobody has it')
  return refused(taken)
}

/**
 * Gives the person who was shown (`ownerId`) as signing in with the typed address or username the chosen portals too; nothing
 * is taken away and no mail is written. Returns whose login it is and the portals that were new to them. Refused when the names
 * are somebody else's by now, with whose; and with 'nobody' when they are free.
 */
export function giveOwnerPortals(
  db: Db,
  staff: Staff,
  { names, ownerId, portalIds }: { names: { username: string; email: string }; ownerId: number; portalIds: number[] },
  now: number,
): Promise<Result<TakenName['owner'] & { given: number[] }, 'nobody' | TakenName>> {
  return db.transaction(async trx => {
    await trx('portal_users').where({ id: ownerId }).whereNull('deleted_at').update({ updated_at: now })
    const taken = await takenName(trx, names)
    if (!taken) return refused('nobody')
    if (taken.owner.id !== ownerId) return refused(taken)
    const given = await givePortals(trx, staff, ownerId, portalIds, now)
    const subject = { type: 'portal_user', id: ownerId }
    if (given.length > 0) await record(trx, staff, 'portal-user.portals-given', subject, { portalIds: given }, now)
    return ok({ ...taken.owner, given })
  })
}

/** Gives the portals of these ids that exist and that the person has not; returns them. */
async function givePortals(trx: Db, staff: Staff, id: number, portalIds: number[], now: number): Promise<number[]> {
  const held = await trx('portal_access')
    .where({ portal_user_id: id })
    .whereNull('revoked_at')
    .select<{ portal_id: number }[]>('portal_id')
  const known = (await sharedPortals(trx)).map(portal => portal.id)
  const missing = known.filter(
    portalId => portalIds.includes(portalId) && !held.some(access => access.portal_id === portalId),
  )
  await setAccessLevels(trx, staff, id, new Map(missing.map(portalId => [portalId, 'standard'])), now)
  return missing
}

async function contactFor(trx: Db, { companyId, email }: TypedPortalUser) {
  const found = await trx('contacts')
    .where({ company_id: companyId, email_normalized: emailKey(email) })
    .whereNull('archived_at')
    .whereNotExists(
      trx('portal_users').whereRaw('portal_users.contact_id = contacts.id').whereNull('deleted_at').select('id'),
    )
    .limit(2)
    .select<{ id: number; name: string }[]>('id', 'name')
  return found.length === 1 ? found[0] : undefined
}
