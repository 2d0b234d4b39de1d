import type { ContactFields } from '../contacts/records.ts'
import { signInNamesOf } from '../portal-users/records.ts'
import { comparable, contactPlan, type Change } from './contact-changes.ts'
import type { ContactRow, Problem } from './contact-row.ts'
import type { Field } from './fields.ts'
import type { Known, KnownContact } from './known.ts'
import { loginPlan, type LoginPlan } from './login-changes.ts'
import { matchOf } from './match.ts'
import { see, type Seen } from './seen.ts'

export type RowAction = 'create' | 'update' | 'unchanged' | 'error'

/** What is to happen with one row. The check shows it, and the run does it. */
export interface PlannedRow {
  row: ContactRow
  action: RowAction
  /** Who the row is about, as well as it can be said. */
  label: string
  contact: KnownContact | null
  changes: Change[]
  problems: Problem[]
  warnings: Problem[]
  /** The contact as it will be; null when nothing of it changes. */
  fields: ContactFields | null
  newCompany: string | null
  login: LoginPlan | null
}

/** Plans the rows in order. `seen` holds what the rows before said, and takes in what these say. */
export function planRows(rows: ContactRow[], known: Known, seen: Seen, portals: 'add' | 'replace'): PlannedRow[] {
  return rows.map(row => {
    see(seen, row)
    const planned = planRow(row, known, seen, portals)
    if (planned.action !== 'error' && planned.login?.names) {
      for (const name of signInNamesOf(planned.login.names)) seen.claims.set(name, row.number)
    }
    return planned
  })
}

function planRow(read: ContactRow, known: Known, seen: Seen, portals: 'add' | 'replace'): PlannedRow {
  if (read.problems.some(({ code }) => code === 'too-many-cells')) return failed(read, null, read.problems)
  const match = matchOf(read, known, seen)
  if (!match.ok) return failed(read, null, [...read.problems, match.error])
  const contact = match.value
  const row = withoutStored(read, contact, known)
  const plan = contactPlan(row, contact, known)
  const login = loginPlan(row, { contact, plan, known, seen, portals })
  const problems = [...row.problems, ...newProblems(row, [...plan.problems, ...login.problems])]
  if (problems.length > 0) return failed(row, contact, problems)
  const changes = [...plan.changes, ...login.changes]
  return {
    row,
    action: contact === null ? 'create' : changes.length > 0 ? 'update' : 'unchanged',
    label: plan.fields.name,
    contact,
    changes,
    problems,
    warnings: login.warnings,
    fields: plan.changes.length > 0 ? plan.fields : null,
    newCompany: plan.newCompany,
    login,
  }
}

/** What is stored already may come back as it is, however odd it looks: such a cell says nothing. */
function withoutStored(row: ContactRow, contact: KnownContact | null, known: Known): ContactRow {
  if (!contact) return row
  const { name, email, phone, reference, notes, company } = contact
  const stored = { name, email, phone, reference, notes, company, username: known.logins.get(contact.id)?.username }
  const same = Object.entries(stored)
    .filter(([field, value]) => {
      const cell = row.odd[field as keyof typeof stored]
      return value && cell !== undefined && comparable(field as Field, value) === comparable(field as Field, cell)
    })
    .map(([field]) => field)
  return {
    ...row,
    values: Object.fromEntries(Object.entries(row.values).filter(([field]) => !same.includes(field))),
    problems: row.problems.filter(({ field }) => field === null || !same.includes(field)),
  }
}

/** A cell that could not be read is one problem, not also a missing one. */
function newProblems(row: ContactRow, problems: Problem[]): Problem[] {
  return problems.filter(problem => !row.problems.some(before => before.field === problem.field))
}

function failed(row: ContactRow, contact: KnownContact | null, problems: Problem[]): PlannedRow {
  const { name, email, username } = row.values
  const label = name ?? contact?.name ?? email ?? username ?? ''
  return {
    row,
    action: 'error',
    label,
    contact,
    changes: [],
    problems,
    warnings: [],
    fields: null,
    newCompany: null,
    login: null,
  }
}
