import { ACCESS_LEVELS, type AccessLevel, type WantedLevels } from '../../core/access/levels.ts'
import type { Permissions } from '../../core/access/permissions.ts'
import { companiesPage, company, countCompanies, type Company } from '../../core/companies/companies.ts'
import { emailKey } from '../../core/email-address.ts'
import { oneLine } from '../../core/names.ts'
import { PASSWORD_LENGTH } from '../../core/passwords.ts'
import type { DetailsMail } from '../../core/portal-users/details-mail.ts'
import type { TakenName } from '../../core/portal-users/owners.ts'
import { USERNAME_LENGTH } from '../../core/portal-users/records.ts'
import type { Portal } from '../../core/portals/portals.ts'
import { roles } from '../../core/roles/roles.ts'
import type { Deps } from '../shared/deps.ts'
import { ids, readId, text, ticked, typedPassword, type FieldError } from '../shared/forms.ts'
import { permissionWords, readPermissions } from './permissions.ts'

/** Up to this many companies are offered as a list; among more, one is looked for. */
const LISTED_AT_MOST = 50
const FOUND_AT_MOST = 20
const NAME_LENGTH = 200

/** The form of a portal user as it was typed; the password is not kept. */
export interface TypedForm {
  companyId: number | null
  companyText: string
  name: string
  email: string
  username: string
  portalIds: number[]
  roleIds: number[]
}

export function typedForm(body: unknown): TypedForm {
  const line = (name: string): string => oneLine(text(body, name, 1000))
  return {
    companyId: readId(text(body, 'company')),
    companyText: line('company_text'),
    name: line('name'),
    email: line('email'),
    username: line('username'),
    portalIds: ids(body, 'portal'),
    roleIds: ids(body, 'role'),
  }
}

/** The companies to choose from, and the one that is chosen now. `found` counts all that match what was looked for. */
export interface CompanyChoice {
  field: 'company' | 'company_text'
  companies: Company[]
  chosen: Company | null
  found: number | null
}

/** What the company part of the form offers. An archived company is offered only to somebody who has it already. */
export async function companyChoice({ db }: Deps, typed: TypedForm): Promise<CompanyChoice> {
  const chosen = typed.companyId === null ? null : await company(db, typed.companyId)
  const all = { text: '', archived: false }
  if ((await countCompanies(db, all)) <= LISTED_AT_MOST) {
    const companies = await companiesPage(db, all, false, 1, LISTED_AT_MOST)
    return { field: 'company', companies: withChosen(companies, chosen), chosen, found: null }
  }
  const filter = { ...all, text: typed.companyText }
  const companies = typed.companyText ? await companiesPage(db, filter, false, 1, FOUND_AT_MOST) : []
  const found = typed.companyText ? await countCompanies(db, filter) : null
  return { field: 'company_text', companies: withChosen(companies, chosen), chosen, found }
}

function withChosen(companies: Company[], chosen: Company | null): Company[] {
  return chosen && !companies.some(one => one.id === chosen.id) ? [chosen, ...companies] : companies
}

/** The form with the address of the chosen company in it; or why there is none to take. */
export function withCompanyEmail(typed: TypedForm, { chosen, field }: CompanyChoice): [TypedForm, FieldError[]] {
  if (!chosen) return [typed, [{ field, message: 'Choose the company first, then use its email' }]]
  if (chosen.email) return [{ ...typed, email: chosen.email }, []]
  const message = `${chosen.name} has no email address in Companies. Enter an address here`
  return [typed, [{ field: 'email', message }]]
}

/**
 * What is wrong with the names. `mayLackEmail`: somebody who signs in with a username only stays without an address.
 */
export function nameMistakes(typed: TypedForm, mayLackEmail: boolean): FieldError[] {
  const errors: FieldError[] = []
  if (!(mayLackEmail && typed.email === '') && !emailKey(typed.email))
    errors.push({ field: 'email', message: 'Enter an email address like name@example.com' })
  if ([...typed.username].length > USERNAME_LENGTH)
    errors.push({ field: 'username', message: `Use at most ${String(USERNAME_LENGTH)} characters for the username` })
  if ([...typed.name].length > NAME_LENGTH)
    errors.push({ field: 'name', message: `Use at most ${String(NAME_LENGTH)} characters for the name` })
  return errors
}

/** A temporary password as typed, and what is wrong with it. */
export function readTemporaryPassword(body: unknown): { password: string; errors: FieldError[] } {
  const password = typedPassword(body, 'password')
  const { temporary, most } = PASSWORD_LENGTH
  const length = [...password].length
  const fits = length >= temporary && length <= most
  const message = `Enter a temporary password of ${String(temporary)} to ${String(most)} characters`
  return { password, errors: fits ? [] : [{ field: 'password', message }] }
}

/** The level chosen for each of these portals; a portal about which the form says nothing is left out. */
export function readLevels(body: unknown, portals: Portal[]): WantedLevels {
  const wanted: [number, AccessLevel | null][] = portals.flatMap(({ id }) => {
    const word = text(body, `level_${String(id)}`)
    const level = ACCESS_LEVELS.find(known => known === word)
    return level || word === 'none' ? [[id, level ?? null]] : []
  })
  return new Map(wanted)
}

/** What is ticked for each of the portals this form gives access to. */
export function readTicks(body: unknown, levels: WantedLevels): Map<number, Permissions> {
  const given = [...levels].filter(([, level]) => level !== null)
  return new Map(given.map(([id]) => [id, readPermissions(body, `can_${String(id)}`)]))
}

/** The ticked roles; null when the form did not offer any. */
export function readRoles(body: unknown): number[] | null {
  return ticked(body, 'roles_shown') ? ids(body, 'role') : null
}

/** Each role to tick, with what it allows. */
export async function roleChoices({ db }: Deps): Promise<[id: number, name: string, words: string][]> {
  return (await roles(db)).map(role => [role.id, role.name, permissionWords(role)])
}

export function takenMistake({ field, owner }: TakenName): FieldError {
  const whose = owner.company ? `${owner.name} (${owner.company})` : owner.name
  const [this_, one] = field === 'email' ? ['This email address', 'An email address'] : ['This username', 'A username']
  return { field, message: `${this_} is already used by ${whose}. ${one} may only be used once` }
}

/**
 * What became of the invitation, for the message after saving. `portals` is how many this person has, enabled or not.
 */
export function mailWords(
  { config }: Deps,
  { mail, email, portals }: { mail: DetailsMail; email: string; portals: number },
): string {
  if (mail === 'held' && portals === 0) return 'The invitation was not sent because this person has no portal yet.'
  if (mail === 'held') return 'The invitation was not sent because the portal is not enabled.'
  return config.smtpUrl === null
    ? `The invitation to ${email} waits in the outbox: no mail server is set up.`
    : `The invitation to ${email} is queued.`
}
