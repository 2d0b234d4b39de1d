import { emailKey } from '../email-address.ts'
import { normalized, normalizedUsername } from '../names.ts'
import { signInNamesOf } from '../portal-users/records.ts'
import type { ContactPlan, Change } from './contact-changes.ts'
import type { ContactRow, Problem } from './contact-row.ts'
import type { Known, KnownContact, KnownLogin } from './known.ts'
import { nearNames } from './near-names.ts'
import type { Seen } from './seen.ts'

/** What a row does to the way somebody signs in, and to the portals they may open. */
export interface LoginPlan {
  /** A login to add, or the names of the one there is, when they change. */
  names: { id: number | null; name: string; username: string; email: string | null } | null
  /** In plain text; hashed before it is written. */
  temporaryPassword: string | null
  givePortals: number[]
  /** Ids of rows of access to take away. */
  takeAccess: number[]
  changes: Change[]
  problems: Problem[]
  warnings: Problem[]
}

export interface LoginContext {
  contact: KnownContact | null
  plan: ContactPlan
  known: Known
  seen: Seen
  portals: 'add' | 'replace'
}

const MASK = '••••'

/** How many unknown portals of one row are named. */
const UNKNOWN_NAMED = 5

/**
 * Plans the login of the contact as it will be. Who has chosen a password keeps it, and the names they sign in with; who has
 * signed in keeps the address.
 */
export function loginPlan(row: ContactRow, context: LoginContext): LoginPlan {
  const login = context.contact ? (context.known.logins.get(context.contact.id) ?? null) : null
  const plan: LoginPlan = {
    names: null,
    temporaryPassword: null,
    givePortals: [],
    takeAccess: [],
    changes: [],
    problems: [],
    warnings: [],
  }
  if (login) changeLogin(plan, row, login, context)
  else newLogin(plan, row, context)
  if (plan.names) refuseTakenNames(plan, row, plan.names, login, context)
  changePortals(plan, row, login, context)
  return plan
}

function newLogin(plan: LoginPlan, row: ContactRow, { plan: contact }: LoginContext): void {
  const { password, portals } = row.values
  const username = row.values.username ?? (password && !hasProblem(row, 'username') ? row.values.email : null)
  if (username && password) {
    plan.names = { id: null, name: contact.fields.name, username, email: contact.fields.email }
    plan.temporaryPassword = password
    plan.changes.push({ field: 'username', from: null, to: username }, { field: 'password', from: null, to: MASK })
  } else if (username && !hasProblem(row, 'password')) {
    plan.problems.push({ code: 'username-without-password', field: 'password' })
  } else if (password && !hasProblem(row, 'username') && !hasProblem(row, 'email')) {
    plan.problems.push({ code: 'password-without-username', field: 'username' })
  } else if (portals && !username && !password) {
    plan.problems.push({ code: 'portals-without-login', field: 'portals', given: portals.slice(0, 200) })
  }
}

function changeLogin(
  plan: LoginPlan,
  row: ContactRow,
  login: KnownLogin,
  { contact, plan: { fields, changes } }: LoginContext,
): void {
  const { password } = row.values
  const username = login.hasOwnPassword ? login.username : (row.values.username ?? login.username)
  const email = !login.confirmsEmail && speaksOfEmail(row, fields.email, login) ? fields.email : login.email
  const name = login.name === contact?.name ? fields.name : login.name
  if (username !== login.username || email !== login.email || name !== login.name) {
    plan.names = { id: login.id, name, username, email }
  }
  if (username !== login.username) plan.changes.push({ field: 'username', from: login.username, to: username })
  const newEmail = changes.some(({ field }) => field === 'email')
  if (email !== login.email && !newEmail) plan.changes.push({ field: 'email', from: login.email, to: email })
  if (login.confirmsEmail) warnOfKeptEmail(plan, login, newEmail ? fields.email : login.email)
  if (login.hasOwnPassword) return warnOfKept(plan, row, login)
  if (!password) return
  plan.temporaryPassword = password
  plan.changes.push({ field: 'password', from: null, to: MASK })
}

/**
 * The sign-in details go to the address of the login: a row that brings either of them brings that address up to date.
 */
function speaksOfEmail(row: ContactRow, email: string | null, login: KnownLogin): boolean {
  const isSame =
    email === null ? login.email === null : login.email !== null && emailKey(email) === emailKey(login.email)
  return !isSame && (row.values.email !== undefined || Boolean(row.values.password))
}

function warnOfKeptEmail(plan: LoginPlan, login: KnownLogin, email: string | null): void {
  if (login.email !== null && email !== login.email) {
    plan.warnings.push({ code: 'sign-in-email-stays', field: 'email', about: login.email })
  }
}

function warnOfKept(plan: LoginPlan, { values }: ContactRow, login: KnownLogin): void {
  if (values.username && normalizedUsername(values.username) !== normalizedUsername(login.username)) {
    plan.warnings.push({ code: 'username-stays', field: 'username', given: values.username, about: login.username })
  }
  if (values.password) plan.warnings.push({ code: 'password-ignored', field: 'password' })
}

function refuseTakenNames(
  plan: LoginPlan,
  row: ContactRow,
  names: NonNullable<LoginPlan['names']>,
  login: KnownLogin | null,
  { known, seen }: LoginContext,
): void {
  const before = login ? signInNamesOf(login) : []
  const usernames = signInNamesOf({ username: names.username, email: null })
  for (const name of signInNamesOf(names).filter(one => !before.includes(one))) {
    const owner = known.names.get(name)
    const claim = seen.claims.get(name)
    if ((!owner || owner.loginId === login?.id) && (claim === undefined || claim === row.number)) continue
    const about = owner?.name ?? claim ?? ''
    if (usernames.includes(name) && (row.values.username || !names.email))
      plan.problems.push({ code: 'username-taken', field: 'username', given: names.username, about })
    else
      plan.problems.push({ code: 'email-taken', field: 'email', given: names.email ?? emailKey(name) ?? name, about })
  }
}

function changePortals(
  plan: LoginPlan,
  row: ContactRow,
  login: KnownLogin | null,
  { known, portals: way }: LoginContext,
): void {
  const cell = row.values.portals
  if (cell === undefined) return
  const wanted = wantedPortals(plan, cell ?? '', known)
  const held = login?.access ?? []
  plan.givePortals = wanted.filter(id => !held.some(access => access.portalId === id))
  const losing = cell === null || way === 'replace' ? held.filter(access => !wanted.includes(access.portalId)) : []
  plan.takeAccess = losing.map(access => access.id)
  if (plan.givePortals.length === 0 && losing.length === 0) return
  const kept = held.filter(access => !losing.includes(access)).map(access => access.portalId)
  const named = (ids: number[]): string | null => ids.map(id => known.portals.get(id) ?? '').join('; ') || null
  plan.changes.push({
    field: 'portals',
    from: named(held.map(access => access.portalId)),
    to: named([...kept, ...plan.givePortals]),
  })
}

function wantedPortals(plan: LoginPlan, cell: string, known: Known): number[] {
  const names = cell.split(';').map(name => name.trim())
  const found = names.map(name => ({ name, portal: known.portalsByName.get(normalized(name)) }))
  const unknown = found.filter(({ name, portal }) => name !== '' && !portal).slice(0, UNKNOWN_NAMED)
  for (const { name } of unknown) {
    const near = nearNames(name, known.portals.values())
    plan.problems.push({ code: 'unknown-portal', field: 'portals', given: name.slice(0, 200), near })
  }
  return [...new Set(found.flatMap(({ portal }) => (portal ? [portal.id] : [])))]
}

function hasProblem(row: ContactRow, field: Problem['field']): boolean {
  return row.problems.some(problem => problem.field === field)
}
