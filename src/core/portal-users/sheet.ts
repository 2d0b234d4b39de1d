import { listed, listedTexts, updateMany } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import { levelledAccessOf, type LevelledAccess } from '../access/given-levels.ts'
import { emailKey } from '../email-address.ts'
import { roleIdsOf } from '../roles/holders.ts'
import { sharedPortals } from '../portals/portals.ts'
import { withCompanies } from './list.ts'
import { renamePortalUsers } from './records.ts'

/** A portal user as the sheet of portal users holds one. */
export interface SheetUser {
  id: number
  name: string
  email: string
  username: string
  company: string | null
  /** The company they belong to, which is that of their contact when they have none of their own. */
  companyId: number | null
  ownCompanyId: number | null
  version: number
  /** To shared portals: those of contacts are given by invitation. */
  access: LevelledAccess[]
  roleIds: number[]
}

/** The portal users with an address and an id above `after`, in order of their ids. */
export function sheetUsersPage(db: Db, after: number, perPage: number): Promise<SheetUser[]> {
  return sheetUsers(db, query => query.where('portal_users.id', '>', after).orderBy('portal_users.id').limit(perPage))
}

/**
 * The portal users with one of these ids, or one of these addresses written as they are compared. Inside a transaction they
 * stay as they are until it ends.
 */
export function sheetUsersNamed(db: Db, ids: number[], emails: string[]): Promise<SheetUser[]> {
  return sheetUsers(db, query => {
    const found = query.orderBy('portal_users.id').where(any => {
      void any
        .whereIn('portal_users.id', listed(db, ids))
        .orWhereIn('portal_users.email_normalized', listedTexts(db, emails))
    })
    return db.isTransaction ? found.forUpdate('portal_users') : found
  })
}

/**
 * Changes names and companies of people who have a login and were looked up in this transaction, and moves their versions on.
 * The caller audits.
 */
export async function changeSheetUsers(trx: Db, users: SheetUser[], now: number): Promise<void> {
  await renamePortalUsers(trx, users, now)
  const rows = users.map(({ id, ownCompanyId, version }) => ({ id, company_id: ownCompanyId, version: version + 1 }))
  await updateMany(trx, 'portal_users', ['company_id', 'version'], rows)
}

/**
 * The contact that becomes that of each of these new people, in the same order: the one of their company with their address,
 * when there is only one, and it has no login. Null for those without.
 */
export async function contactsFor(
  trx: Db,
  people: { companyId: number | null; email: string }[],
): Promise<(number | null)[]> {
  const keys = people.map(person => emailKey(person.email) ?? '')
  const rows = await trx('contacts')
    .whereIn('email_normalized', listedTexts(trx, keys))
    .whereNull('archived_at')
    .whereNotExists(
      trx('portal_users').whereRaw('portal_users.contact_id = contacts.id').whereNull('deleted_at').select('id'),
    )
    .select<{ id: number; company: number | null; email: string }[]>(
      'id',
      'company_id as company',
      'email_normalized as email',
    )
  const found = new Map<string, number | null>()
  for (const { id, company, email } of rows) {
    const key = `${String(company)} ${email}`
    found.set(key, found.has(key) ? null : id)
  }
  return people.map(({ companyId }, index) => found.get(`${String(companyId)} ${keys[index] ?? ''}`) ?? null)
}

type Query = ReturnType<typeof withCompanies>

async function sheetUsers(db: Db, narrowed: (query: Query) => Query): Promise<SheetUser[]> {
  const live = withCompanies(db('portal_users')).whereNull('portal_users.deleted_at').whereNotNull('portal_users.email')
  const users = (await narrowed(live).select(
    'portal_users.id',
    'portal_users.name',
    'portal_users.email',
    'portal_users.username',
    'portal_users.version',
    'companies.id as companyId',
    'portal_users.company_id as ownCompanyId',
    'companies.name as company',
  )) as Omit<SheetUser, 'access' | 'roleIds'>[]
  const ids = users.map(user => user.id)
  const shared = new Set((await sharedPortals(db)).map(portal => portal.id))
  const access = new Map<number, LevelledAccess[]>(ids.map(id => [id, []]))
  for (const { portalUserId, portalId, level } of await levelledAccessOf(db, ids))
    if (shared.has(portalId)) access.get(portalUserId)?.push({ portalUserId, portalId, level })
  const roles = await roleIdsOf(db, ids)
  return users.map(user => ({ ...user, access: access.get(user.id) ?? [], roleIds: roles.get(user.id) ?? [] }))
}
