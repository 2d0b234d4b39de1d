import type { Db } from '../../db/index.ts'
import { emailKey } from '../email-address.ts'
import { setOwnPassword } from './own-password.ts'
import { addPortalUsers, renamePortalUsers, takenNames } from './records.ts'

/** Somebody who signs in with an address, or could: an `unclaimed` login has never been used by anybody. */
export interface LoginOfAddress {
  id: number
  name: string
  username: string
  email: string | null
  standing: 'unclaimed' | 'active' | 'disabled'
}

/** Who signs in with this address; null when nobody does. */
export async function loginOfAddress(db: Db, email: string): Promise<LoginOfAddress | null> {
  const key = emailKey(email)
  const id = key === null ? undefined : (await takenNames(db, [key])).get(key)
  if (id === undefined) return null
  const row = await db('portal_users').where({ id }).whereNull('deleted_at').first<Row | undefined>(COLUMNS)
  if (!row) return null
  const { status, first_login_at, must_change_password, password_hash, ...login } = row
  const unused = first_login_at === null && (Boolean(must_change_password) || password_hash === null)
  return { ...login, standing: status === 'disabled' ? 'disabled' : unused ? 'unclaimed' : 'active' }
}

/** A login for somebody who has just chosen its password. Throws when the address is taken. The caller audits. */
export async function registerPortalUser(
  trx: Db,
  user: { contactId: number | null; companyId: number | null; name: string; email: string; passwordHash: string },
  now: number,
): Promise<number> {
  const { passwordHash, ...login } = user
  const [id = 0] = await addPortalUsers(
    trx,
    [{ ...login, username: user.email, temporaryPasswordHash: passwordHash }],
    now,
  )
  await trx('portal_users').where({ id }).update({ must_change_password: false, temporary_password_expires_at: null })
  return id
}

/**
 * Makes a login that nobody has ever used the own one of whoever has shown that its address is theirs. False, and nothing
 * changes, when it was used, disabled or deleted meanwhile. The caller audits.
 */
export async function claimPortalUser(
  trx: Db,
  login: LoginOfAddress,
  { name, passwordHash }: { name: string; passwordHash: string },
  now: number,
): Promise<boolean> {
  const unused = await trx('portal_users')
    .where({ id: login.id, first_login_at: null, deleted_at: null })
    .update({ status: trx.raw("case when status = 'invited' then 'active' else status end"), updated_at: now })
  if (unused === 0 || !(await setOwnPassword(trx, { id: login.id }, passwordHash, now))) return false
  await renamePortalUsers(trx, [{ id: login.id, name, username: login.username, email: login.email }], now)
  return true
}

/** Keeps a login from being deleted until the transaction ends; false when it was already. After any contact that is held. */
export async function holdPortalUser(trx: Db, id: number): Promise<boolean> {
  const live: unknown = await trx('portal_users').where({ id, deleted_at: null }).forShare().first('id')
  return live !== undefined
}

interface Row extends Omit<LoginOfAddress, 'standing'> {
  status: string
  first_login_at: number | null
  must_change_password: boolean | number
  password_hash: string | null
}

const COLUMNS = [
  'id',
  'name',
  'username',
  'email',
  'status',
  'first_login_at',
  'must_change_password',
  'password_hash',
] as const
