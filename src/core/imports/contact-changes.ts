import type { ContactFields, ContactType } from '../contacts/records.ts'
import { emailKey } from '../email-address.ts'
import { normalized, oneLine } from '../names.ts'
import { manyLines, type ContactRow, type Problem } from './contact-row.ts'
import type { Field } from './fields.ts'
import type { Known, KnownContact } from './known.ts'

/** What a row does to one field, as text. */
export interface Change {
  field: Field
  from: string | null
  to: string | null
}

/** A contact as it will be. A company that does not exist yet is `newCompany`, and its id comes when it is added. */
export interface ContactPlan {
  fields: ContactFields
  newCompany: string | null
  changes: Change[]
  problems: Problem[]
}

const NOBODY: ContactFields = {
  companyId: null,
  contactType: 'client',
  name: '',
  email: null,
  phone: null,
  reference: null,
  notes: null,
}

const TEXTS = ['name', 'email', 'phone', 'reference', 'notes'] as const

/** Lays a row over the contact it speaks of, or over nobody. What the row leaves blank stays as it is. */
export function contactPlan(row: ContactRow, contact: KnownContact | null, known: Known): ContactPlan {
  const plan: ContactPlan = { fields: { ...NOBODY, ...fieldsOf(contact) }, newCompany: null, changes: [], problems: [] }
  for (const field of TEXTS) changeText(plan, field, row.values[field])
  changeType(plan, row.values.type, contact)
  changeCompany(plan, row.values.company, contact, known)
  if (plan.fields.name === '') plan.problems.push({ code: 'name-missing', field: 'name' })
  const holder = row.values.reference ? known.contactsByReference.get(row.values.reference) : undefined
  if (holder && holder.id !== contact?.id) {
    plan.problems.push({
      code: 'reference-taken',
      field: 'reference',
      given: row.values.reference ?? '',
      about: holder.name,
    })
  }
  return plan
}

function fieldsOf(contact: KnownContact | null): ContactFields | null {
  if (!contact) return null
  const { companyId, contactType, name, email, phone, reference, notes } = contact
  return { companyId, contactType, name, email, phone, reference, notes }
}

function changeText(plan: ContactPlan, field: (typeof TEXTS)[number], value: string | null | undefined): void {
  const before = plan.fields[field] || null
  if (value === undefined || comparable(field, value) === comparable(field, before)) return
  if (field === 'name') plan.fields.name = value ?? ''
  else plan.fields[field] = value
  plan.changes.push({ field, from: before, to: value })
}

/** Another way of writing the same thing down is no change. */
export function comparable(field: Field, value: string | null): string | null {
  if (value === null) return null
  if (field === 'email') return emailKey(value) ?? oneLine(value)
  return field === 'notes' ? manyLines(value) : oneLine(value)
}

function changeType(plan: ContactPlan, value: string | null | undefined, contact: KnownContact | null): void {
  if (!value || value === contact?.contactType) return
  plan.fields.contactType = value as ContactType
  plan.changes.push({ field: 'type', from: contact?.contactType ?? null, to: value })
}

function changeCompany(
  plan: ContactPlan,
  value: string | null | undefined,
  contact: KnownContact | null,
  known: Known,
): void {
  const before = contact?.company ?? null
  if (
    value === undefined ||
    (value === null ? before === null : before !== null && normalized(value) === normalized(before))
  )
    return
  const ids = value === null ? [] : (known.companies.get(normalized(value)) ?? [])
  if (value !== null && ids.length > 1) {
    plan.problems.push({ code: 'several-companies', field: 'company', given: value, about: ids.length })
    return
  }
  plan.fields.companyId = ids[0] ?? null
  plan.newCompany = ids.length === 0 ? value : null
  plan.changes.push({ field: 'company', from: before, to: value })
}
