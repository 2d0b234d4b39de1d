import type { Db } from '../../db/index.ts'
import { withCompanies } from './list.ts'
import { signInNamesOf, takenNames } from './records.ts'

/** Whose a username or email address is already. */
export interface NameOwner {
  id: number
  name: string
  company: string | null
  disabled: boolean
}

/** A name that cannot be given because somebody signs in with it. */
export interface TakenName {
  field: 'email' | 'username'
  owner: NameOwner
}

/**
 * The first of these names that somebody other than `exceptId` signs in with, the email address before the username.
 */
export async function takenName(
  db: Db,
  names: { username: string; email: string | null },
  exceptId = 0,
): Promise<TakenName | null> {
  const taken = await takenNames(db, signInNamesOf(names))
  const emails = names.email === null ? [] : signInNamesOf({ username: names.email, email: names.email })
  const owners = [...taken]
    .filter(([, id]) => id !== exceptId)
    .map(([name, id]) => ({ id, field: emails.includes(name) ? ('email' as const) : ('username' as const) }))
    .toSorted((a, b) => a.field.localeCompare(b.field))
  const [first] = owners
  const owner = first && (await ownerById(db, first.id))
  return first && owner ? { field: first.field, owner } : null
}

async function ownerById(db: Db, id: number): Promise<NameOwner | null> {
  const row = await withCompanies(db('portal_users'))
    .where('portal_users.id', id)
    .first<(Omit<NameOwner, 'disabled'> & { status: string }) | undefined>(
      'portal_users.id',
      'portal_users.name',
      'portal_users.status',
      'companies.name as company',
    )
  if (!row) return null
  const { status, ...owner } = row
  return { ...owner, disabled: status === 'disabled' }
}
