import type { Db } from '../../db/index.ts'
import type { AccessLevel } from '../access/levels.ts'
import { companyIdsCalled } from '../companies/called.ts'
import { emailKey, unlinkedAddress } from '../email-address.ts'
import { normalized, oneLine } from '../names.ts'
import { takenNames } from '../portal-users/records.ts'
import { sheetUsersNamed, type SheetUser } from '../portal-users/sheet.ts'
import { sharedPortals } from '../portals/portals.ts'
import { sameRoles } from '../roles/holders.ts'
import { NO_ROLES, roles } from '../roles/roles.ts'
import type { FileRow } from './read-csv.ts'
import { labelOf } from './row-log.ts'
import { AT, FIRST_ROW, levelNamed, SHEET_COLUMNS } from './user-sheet.ts'

/** What is wrong with one cell; `column` counts from 0. `choices` are the first of the names it could hold. */
export interface CellProblem {
  code: CellProblemCode
  column: number
  about?: string
  choices?: string[]
}

export type CellProblemCode =
  | 'required'
  | 'not-typed'
  | 'too-long'
  | 'bad-level'
  | 'nothing-to-keep'
  | 'bad-email'
  | 'unknown-role'
  | 'unknown-company'
  | 'several-companies'
  | 'unknown-portal'
  | 'unknown-id'
  | 'email-stays'
  | 'changed-meanwhile'
  | 'email-taken'
  | 'twice'

/** What is to become of one row. `user` holds how they will be; its id is 0 for somebody new. */
export interface PlannedUser {
  number: number
  action: 'create' | 'update' | 'unchanged' | 'error'
  user: SheetUser
  problems: CellProblem[]
}

const NAME_LENGTH = 200
const EMAIL_LENGTH = 254
const ROLES_NAMED = 5

/** Plans every row below the two top rows, in order. Rows that hold nothing but a Problem are left out. */
export async function planUsers(db: Db, rows: FileRow[]): Promise<PlannedUser[]> {
  const people = rows.filter(row => row.number >= FIRST_ROW && valuesOf(row).some(value => value !== ''))
  const known = await knownTo(db, people)
  const seen = new Map<string, number>()
  return people.map(row => planUser(row, known, seen))
}

interface KnownNow {
  byId: Map<number, SheetUser>
  byEmail: Map<string, SheetUser>
  taken: Map<string, number>
  companies: Map<string, number[]>
  portals: Map<string, number>
  roles: Map<string, { id: number; name: string }>
}

async function knownTo(db: Db, rows: FileRow[]): Promise<KnownNow> {
  const values = rows.map(valuesOf)
  const emails = values.flatMap(cells => emailKey(cells[AT.email] ?? '') ?? [])
  const ids = values.flatMap(cells => idIn(cells[AT.id] ?? '') ?? [])
  const users = await sheetUsersNamed(db, ids, emails)
  const portals = await sharedPortals(db)
  return {
    byId: new Map(users.map(user => [user.id, user])),
    byEmail: new Map(users.map(user => [emailKey(user.email) ?? '', user])),
    taken: await takenNames(db, emails),
    companies: await companyIdsCalled(
      db,
      values.map(cells => cells[AT.company] ?? ''),
    ),
    portals: new Map(portals.map(portal => [normalized(portal.name), portal.id])),
    roles: new Map((await roles(db)).map(role => [normalized(role.name), role])),
  }
}

function planUser(row: FileRow, known: KnownNow, seen: Map<string, number>): PlannedUser {
  const values = valuesOf(row)
  const problems = plainProblems(row, values)
  const email = emailKey(values[AT.email] ?? '') ?? ''
  const before = known.byId.get(idIn(values[AT.id] ?? '') ?? 0) ?? known.byEmail.get(email) ?? null
  const wrong = [...problems, ...keyProblems(row.number, values, email, { before, known, seen })]
  const user = userAfter(values, before, known, wrong)
  const action = wrong.length > 0 ? 'error' : before === null ? 'create' : isSame(before, user) ? 'unchanged' : 'update'
  return { number: row.number, action, user, problems: wrong }
}

/** What is wrong with cells by themselves: one problem a cell. */
function plainProblems(row: FileRow, values: string[]): CellProblem[] {
  return SHEET_COLUMNS.flatMap(({ required }, column) => {
    const value = values[column] ?? ''
    const code = row.odd.some(cell => cell.column === column)
      ? 'not-typed'
      : value === ''
        ? required && 'required'
        : cellMistake(column, value)
    return code ? [{ code, column }] : []
  })
}

function cellMistake(column: number, value: string): CellProblemCode | false {
  if (column === AT.level) return levelNamed(value) === null && 'bad-level'
  if (column === AT.name) return [...value].length > NAME_LENGTH && 'too-long'
  if (column === AT.email) return (emailKey(value) === null || value.length > EMAIL_LENGTH) && 'bad-email'
  return column === AT.id && idIn(value) === null && 'unknown-id'
}

interface Around {
  before: SheetUser | null
  known: KnownNow
  seen: Map<string, number>
}

/** What is wrong with who the row is about. */
function keyProblems(number: number, values: string[], email: string, { before, known, seen }: Around): CellProblem[] {
  const problems: CellProblem[] = []
  const id = idIn(values[AT.id] ?? '')
  const check = values[AT.check] ?? ''
  const first = seen.get(email)
  if (id !== null && !known.byId.has(id)) problems.push({ code: 'unknown-id', column: AT.id })
  else if (before && email !== '' && emailKey(before.email) !== email)
    problems.push({ code: 'email-stays', column: AT.email, about: before.email })
  else if (!before && known.taken.has(email)) problems.push({ code: 'email-taken', column: AT.email })
  if (before && check !== '' && check !== String(before.version))
    problems.push({ code: 'changed-meanwhile', column: AT.check })
  if (first !== undefined) problems.push({ code: 'twice', column: AT.email, about: String(first) })
  if (!before && levelNamed(values[AT.level] ?? '') === 'keep')
    problems.push({ code: 'nothing-to-keep', column: AT.level })
  if (email !== '' && first === undefined) seen.set(email, number)
  return problems
}

/** Somebody as the row wants them; what is wrong with companies, portals and roles is put with the problems. */
function userAfter(values: string[], before: SheetUser | null, known: KnownNow, problems: CellProblem[]): SheetUser {
  const level = levelNamed(values[AT.level] ?? '') ?? 'keep'
  const held = before?.access ?? []
  const named = portalsIn(values, known, problems)
  const meansOnly = level !== 'keep' && held.length === 0 && named.length === 0
  const added = meansOnly ? onlyPortal(known) : named
  const missing = added.filter(portalId => !held.some(access => access.portalId === portalId))
  const id = before?.id ?? 0
  const given = missing.map(portalId => ({ portalUserId: id, portalId, level: 'standard' as AccessLevel }))
  const access = [...held, ...given].map(one => (level === 'keep' ? one : { ...one, level }))
  const email = values[AT.email] ?? ''
  const companyId = companyIn(values, known, problems)
  return {
    id,
    name: values[AT.name] ?? '',
    email: before?.email ?? email,
    username: before?.username ?? email,
    company: null,
    companyId: companyId ?? before?.companyId ?? null,
    ownCompanyId: companyId === null || companyId === before?.companyId ? (before?.ownCompanyId ?? null) : companyId,
    version: before?.version ?? 1,
    access,
    roleIds: rolesIn(values, known, problems) ?? before?.roleIds ?? [],
  }
}

function companyIn(values: string[], known: KnownNow, problems: CellProblem[]): number | null {
  const name = values[AT.company] ?? ''
  if (name === '') return null
  const ids = known.companies.get(normalized(name)) ?? []
  if (ids.length !== 1)
    problems.push({ code: ids.length === 0 ? 'unknown-company' : 'several-companies', column: AT.company })
  return ids[0] ?? null
}

/** The roles that a cell names, none for `(clear)`; null when it says nothing about them. */
function rolesIn(values: string[], known: KnownNow, problems: CellProblem[]): number[] | null {
  const cell = values[AT.roles] ?? ''
  const names = namesIn(cell)
  if (names.length === 0 || normalized(cell) === NO_ROLES) return names.length === 0 ? null : []
  const unknown = names.find(name => !known.roles.has(normalized(name)))
  if (unknown !== undefined) {
    const choices = [...known.roles.values()].slice(0, ROLES_NAMED).map(role => role.name)
    problems.push({ code: 'unknown-role', column: AT.roles, about: labelOf(unknown.trim()), choices })
  }
  return [...new Set(names.flatMap(name => known.roles.get(normalized(name))?.id ?? []))]
}

function portalsIn(values: string[], known: KnownNow, problems: CellProblem[]): number[] {
  const names = namesIn(values[AT.portals] ?? '')
  const unknown = names.find(name => !known.portals.has(normalized(name)))
  if (unknown !== undefined)
    problems.push({ code: 'unknown-portal', column: AT.portals, about: labelOf(unknown.trim()) })
  return [...new Set(names.flatMap(name => known.portals.get(normalized(name)) ?? []))]
}

/** The portal that a level without portals is for: the one there is, when there is no other. */
function onlyPortal({ portals }: KnownNow): number[] {
  return portals.size === 1 ? [...portals.values()] : []
}

/** "Orders; Documents" → its names. */
function namesIn(cell: string): string[] {
  return cell.split(';').filter(name => name.trim() !== '')
}

function isSame(a: SheetUser, b: SheetUser): boolean {
  const levels = new Map(a.access.map(access => [access.portalId, access.level]))
  return (
    a.name === b.name &&
    a.companyId === b.companyId &&
    sameRoles(a.roleIds, b.roleIds) &&
    a.access.length === b.access.length &&
    b.access.every(access => levels.get(access.portalId) === access.level)
  )
}

function valuesOf({ cells }: FileRow): string[] {
  return SHEET_COLUMNS.map((_, column) => {
    const cell = cells[column] ?? ''
    return oneLine(column === AT.email ? unlinkedAddress(cell) : cell)
  })
}

function idIn(text: string): number | null {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : null
}
