import { CONTACT_LENGTHS, CONTACT_TYPES, type ContactFields, type ContactType } from '../../core/contacts/records.ts'
import { COMPANY_LENGTHS } from '../../core/companies/records.ts'
import { emailKey } from '../../core/email-address.ts'
import { oneLine } from '../../core/names.ts'
import { readId, oneOf, text, ticked, type FieldError, type Reading } from '../shared/forms.ts'

/** The contact form as it was typed, to be shown again or read. */
export interface TypedContact {
  name: string
  contactType: ContactType
  company: string
  addCompany: boolean
  email: string
  phone: string
  reference: string
  notes: string
  version: number
}

export function typedContact(body: unknown): TypedContact {
  return {
    name: oneLine(text(body, 'name', 1000)),
    contactType: oneOf(body, 'contact_type', CONTACT_TYPES),
    company: oneLine(text(body, 'company', 1000)),
    addCompany: ticked(body, 'add_company'),
    email: oneLine(text(body, 'email', 1000)),
    phone: oneLine(text(body, 'phone', 1000)),
    reference: oneLine(text(body, 'reference', 1000)),
    notes: severalLines(body, 'notes'),
    version: readId(text(body, 'version')) ?? 0,
  }
}

/** The fields but for the company, which is still a name. */
export function readContact(typed: TypedContact): Reading<ContactFields> {
  const errors: FieldError[] = []
  if (!typed.name) errors.push({ field: 'name', message: 'Enter the name of the contact' })
  if (typed.email && !emailKey(typed.email)) {
    errors.push({ field: 'email', message: 'Enter an email address like name@example.com, or leave it empty' })
  }
  for (const [field, most] of Object.entries({ ...CONTACT_LENGTHS, company: COMPANY_LENGTHS.name })) {
    const value = String(typed[field as keyof TypedContact])
    if ([...value].length > most) errors.push({ field, message: `Use at most ${String(most)} characters here` })
  }
  if (errors.length > 0) return { ok: false, errors: firstOfEach(errors) }
  return { ok: true, values: fieldsFrom(typed) }
}

function fieldsFrom(typed: TypedContact): ContactFields {
  return {
    companyId: null,
    contactType: typed.contactType,
    name: typed.name,
    email: typed.email || null,
    phone: typed.phone || null,
    reference: typed.reference || null,
    notes: typed.notes || null,
  }
}

/** What was typed in a field of several lines: line breaks and tabs may stand in it, what cannot be printed may not. */
export function severalLines(body: unknown, name: string): string {
  return text(body, name, 10_000)
    .normalize('NFC')
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n\t]|[\p{Cs}\p{Noncharacter_Code_Point}]/gu, '')
}

function firstOfEach(errors: FieldError[]): FieldError[] {
  return errors.filter((error, index) => errors.findIndex(other => other.field === error.field) === index)
}
