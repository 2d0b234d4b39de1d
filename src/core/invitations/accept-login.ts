import type { Db } from '../../db/index.ts'
import { contact } from '../contacts/queries.ts'
import { emailKey } from '../email-address.ts'
import {
  claimPortalUser,
  holdPortalUser,
  loginOfAddress,
  registerPortalUser,
  type LoginOfAddress,
} from '../portal-users/register.ts'
import { ok, refused, type Result } from '../result.ts'
import type { OpenInvitation } from './link.ts'

/** The login with the portal now; one that somebody used `before` still has the password it had. */
export interface Registered {
  id: number
  name: string
  username: string
  before: boolean
}

/**
 * The login that is to be claimed, or null for a new one. Whether another address is taken shows when it is written, after
 * its owner has shown that it is theirs: nobody else learns who has a login.
 */
export function loginFor(
  { email, login, anyAddress }: OpenInvitation,
  given: { email: string },
): Result<LoginOfAddress | null, 'only-invited' | 'address-taken' | 'disabled'> {
  if (emailKey(given.email) !== emailKey(email)) return anyAddress ? ok(null) : refused('only-invited')
  if (login?.standing === 'disabled') return refused('disabled')
  return login?.standing === 'active' ? refused('address-taken') : ok(login)
}

/** The login of an address that was shown to be theirs: a new one, one that nobody has used, or the one they use. */
export async function loginWith(
  trx: Db,
  invitation: OpenInvitation,
  login: LoginOfAddress | null,
  chosen: { name: string; email: string; passwordHash: string },
  now: number,
): Promise<Registered | null> {
  const known = login ?? (await loginOfAddress(trx, chosen.email))
  const isTheirs = known?.standing === 'active' && known.id !== login?.id
  if (isTheirs) return (await holdPortalUser(trx, known.id)) ? { ...known, before: true } : null
  const { name } = chosen
  if (known) return (await claimPortalUser(trx, known, chosen, now)) ? { ...known, name, before: false } : null
  const owner = await ownerOf(trx, invitation, chosen.email)
  const id = await registerPortalUser(trx, { ...owner, ...chosen }, now)
  return { id, name, username: chosen.email, before: false }
}

/** Who registers with the address of the contact itself is that contact; others only belong to its company. */
async function ownerOf(trx: Db, { contactId }: OpenInvitation, email: string) {
  const found = contactId === null ? null : await contact(trx, contactId)
  if (!found) return { contactId: null, companyId: null }
  const isContact = found.email !== null && emailKey(found.email) === emailKey(email)
  const taken: unknown = await trx('portal_users').where({ contact_id: found.id }).whereNull('deleted_at').first('id')
  return { contactId: isContact && !taken ? found.id : null, companyId: found.companyId }
}
