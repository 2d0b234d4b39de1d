import { normalized } from '../names.ts'

/** What a column of a contacts file can hold, in the order in which the export writes them. */
export const FIELDS = [
  'contactId',
  'name',
  'firstName',
  'lastName',
  'type',
  'company',
  'email',
  'phone',
  'reference',
  'notes',
  'username',
  'password',
  'portals',
] as const

export type Field = (typeof FIELDS)[number]

/** The heading of each column as the export writes it. */
export const HEADINGS: Record<Field, string> = {
  contactId: 'Contact ID',
  name: 'Name',
  firstName: 'First name',
  lastName: 'Last name',
  type: 'Type',
  company: 'Company',
  email: 'Email',
  phone: 'Phone',
  reference: 'Reference',
  notes: 'Notes',
  username: 'Username',
  password: 'Password',
  portals: 'Portals',
}

/** The last column of a file of rows to fix; nothing is ever read from it. */
export const PROBLEM_HEADING = 'Problem'

const ALSO_CALLED: Record<Field, string[]> = {
  contactId: ['contact id'], // other numbers come from other systems, and would hit the wrong people
  name: ['name', 'full name', 'contact name', 'contact', 'display name'],
  firstName: ['first name', 'forename', 'given name'],
  lastName: ['last name', 'surname', 'family name'],
  type: ['type', 'contact type'],
  company: ['company', 'company name', 'organisation', 'organization', 'account name', 'business name'],
  email: ['email', 'email address', 'e mail', 'e mail address', 'mail'],
  phone: ['phone', 'phone number', 'telephone', 'telephone number', 'mobile', 'mobile number', 'mobile phone', 'tel'],
  reference: ['reference', 'ref', 'customer number', 'account number', 'client reference'],
  notes: ['notes', 'note', 'comments'],
  username: ['username', 'user name', 'login', 'login name', 'sign in name'],
  password: ['password', 'temporary password', 'generic password', 'kennwort', 'passwort'],
  portals: ['portals', 'portal', 'portal access'],
}

const FIELD_OF = new Map<string, Field>(
  FIELDS.flatMap(field => ALSO_CALLED[field].map(name => [plainWords(name), field] as const)),
)

/** The field that a heading names, or null: capitals, accents, spaces and punctuation make no difference. */
export function fieldNamed(heading: string): Field | null {
  return FIELD_OF.get(plainWords(heading)) ?? null
}

export function isProblemHeading(heading: string): boolean {
  return plainWords(heading) === plainWords(PROBLEM_HEADING)
}

/** Whether the cells below this heading are probably passwords or the like: they are neither shown nor kept. */
export function looksSecret(heading: string): boolean {
  return /pass|pwd|kennwort|secret|(?<![a-z])pin(?![a-z])/.test(normalized(heading))
}

export function isField(text: string): text is Field {
  return (FIELDS as readonly string[]).includes(text)
}

function plainWords(text: string): string {
  return normalized(text).replace(/[\s_.:*-]+/g, '')
}
