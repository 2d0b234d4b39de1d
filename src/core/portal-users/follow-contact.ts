import type { Db } from '../../db/index.ts'
import { emailKey } from '../email-address.ts'
import { forgetOldAddress } from './old-address.ts'
import { renamePortalUsers, signInNamesOf, takenNames } from './records.ts'

/**
 * The login of a contact takes over the contact's name. Until somebody has signed in or chosen a password it takes
 * over the email address too, and what was sent to the one before stops working; never an address under which somebody else
 * signs in.
 * The caller audits.
 */
export async function followContact(
  trx: Db,
  contact: { id: number; name: string; email: string | null },
  now: number,
): Promise<void> {
  const login = await trx('portal_users')
    .where({ contact_id: contact.id })
    .whereNull('deleted_at')
    .forUpdate()
    .first<Login | undefined>('id', 'name', 'username', 'email', 'must_change_password', 'first_login_at')
  if (!login) return
  const isTheirs = !login.must_change_password || login.first_login_at !== null
  const email = isTheirs ? login.email : await freeEmail(trx, login, contact.email)
  if (login.name === contact.name && login.email === email) return
  if (login.email !== null && emailKey(email ?? '') !== emailKey(login.email))
    await forgetOldAddress(trx, login.id, now)
  await renamePortalUsers(trx, [{ id: login.id, name: contact.name, username: login.username, email }], now)
}

interface Login {
  id: number
  name: string
  username: string
  email: string | null
  must_change_password: boolean | number
  first_login_at: number | null
}

/** The wanted address if nobody else signs in with it, else the one that is there. */
async function freeEmail(trx: Db, login: Login, wanted: string | null): Promise<string | null> {
  if (wanted === null || !emailKey(wanted)) return login.email
  const taken = await takenNames(trx, signInNamesOf({ username: login.username, email: wanted }))
  return [...taken.values()].every(owner => owner === login.id) ? wanted : login.email
}
