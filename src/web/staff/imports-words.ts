import type { ColumnMistake, Column } from '../../core/imports/columns.ts'
import type { Change } from '../../core/imports/contact-changes.ts'
import type { Problem } from '../../core/imports/contact-row.ts'
import { HEADINGS, type Field } from '../../core/imports/fields.ts'
import type { Import, ImportFailure, ImportState } from '../../core/imports/records.ts'
import type { FailedRow } from '../../core/imports/row-log.ts'
import type { UploadRefusal } from '../../core/imports/start.ts'
import { count, listOf, number } from '../shared/words.ts'

/** What to do about one problem of a row. */
export function adviceFor({ code, field, about = '', near = [] }: Problem): string {
  const column = field ? HEADINGS[field] : ''
  switch (code) {
    case 'too-many-cells':
      return 'This row has more cells than the heading row. Compare it with your file: a quote may be missing'
    case 'control-characters':
      return 'Remove the characters that cannot be seen. Typing the cell again helps'
    case 'too-long':
      return `Shorten it to ${number(Number(about))} characters or fewer`
    case 'too-short':
      return `Use at least ${String(about)} characters`
    case 'cannot-clear':
      return `${column} cannot be emptied. Leave the cell blank to keep what is there`
    case 'bad-id':
      return 'Enter the number from an export, or leave the cell blank'
    case 'bad-email':
      return 'Enter an email address like name@example.com'
    case 'bad-type':
      return 'Enter Client, Prospect or Supplier'
    case 'damaged-number':
      return 'The spreadsheet has shortened this number. Format the column as text and enter it in full'
    case 'name-missing':
      return 'Enter the name of the contact'
    default:
      return adviceAboutPeople({ code, field, about, near })
  }
}

function adviceAboutPeople({ code, field, about = '', near = [] }: Problem): string {
  switch (code) {
    case 'unknown-id':
      return 'There is no contact with this ID. Leave the cell blank to add a new contact'
    case 'archived':
      return `${String(about)} is archived. Restore the contact first`
    case 'different-people':
      return `This is the address of ${String(about)}, and the contact ID is somebody else’s. Correct one of the two`
    case 'several-contacts':
      return `${count(Number(about), 'contact')} have this address. Fill in the contact ID of the one you mean`
    case 'twice-in-file':
      return `${field ? HEADINGS[field] : 'This'}: row ${number(Number(about))} is about the same contact. Keep one of the two rows`
    case 'several-companies':
      return `${count(Number(about), 'company', 'companies')} have this name. Choose the company on the contact’s page`
    case 'unknown-portal':
      return `There is no portal with this name.${near.length > 0 ? ` Did you mean ${listOf(near.map(name => `“${name}”`))}?` : ''}`
    case 'reference-taken':
      return `${String(about)} has this reference. Each reference belongs to one contact`
    default:
      return adviceAboutLogins({ code, field, about })
  }
}

function adviceAboutLogins({ code, about = '' }: Problem): string {
  const whose = typeof about === 'number' ? `Row ${number(about)} uses` : `${about || 'Somebody else'} signs in with`
  switch (code) {
    case 'portals-without-login':
      return 'This contact has no username or password. Fill in both to give access'
    case 'password-without-username':
      return 'Enter a username too: a new login needs both'
    case 'username-without-password':
      return 'Enter a password too: a new login needs both'
    case 'username-taken':
      return `${whose} this name. Choose a different username`
    case 'email-taken':
      return `${whose} this address. Use a different email address`
    case 'password-ignored':
      return 'The password was left as it is: this person has signed in and chosen their own'
    case 'sign-in-email-stays':
      return `This person still signs in with ${String(about)}: the sign-in address stays as it is`
    default:
      return 'Correct this cell'
  }
}

export function columnOf({ field }: Problem): string {
  return field ? HEADINGS[field] : 'Whole row'
}

/** What stands in the file, a password never. '' when the cell is empty. */
export function givenIn({ code, field, given = '' }: Problem): string {
  return field === 'password' && ['too-short', 'too-long', 'control-characters'].includes(code) ? '••••' : given
}

/** All that is wrong with a row, for the last column of the file in which it is put right. */
export function problemText({ problems, hadPassword }: FailedRow): string {
  const said = problems.map(problem => `${columnOf(problem)}: ${adviceFor(problem)}.`)
  return [...said, ...(hadPassword ? ['The password is left out here: fill it in again.'] : [])]
    .join(' ')
    .replaceAll('?.', '?')
}

const TYPES: Record<string, string> = { client: 'Client', prospect: 'Prospect', supplier: 'Supplier' }

/** "Email: nobody@old.example → nobody@new.example". */
export function changeWords({ field, from, to }: Change): string {
  const shown = (value: string | null): string =>
    value === null ? 'none' : field === 'type' ? (TYPES[value] ?? value) : shortened(value)
  if (field === 'password') return 'Password: ••••'
  return from === null && to !== null
    ? `${HEADINGS[field]}: ${shown(to)}`
    : `${HEADINGS[field]}: ${shown(from)} → ${shown(to)}`
}

function shortened(text: string): string {
  return text.length > 120 ? `${text.slice(0, 120)}…` : text
}

const STATES: Record<ImportState, string> = {
  uploaded: 'Columns to match',
  validating: 'Being checked',
  failed_validation: 'Could not be checked',
  ready: 'Waiting for your answer',
  queued: 'Waiting to start',
  processing: 'Importing',
  completed: 'Finished',
  completed_with_errors: 'Finished, with rows to fix',
  failed: 'Stopped by a problem',
  cancelled: 'Cancelled',
}

export function stateWords({ state }: Pick<Import, 'state'>): string {
  return STATES[state]
}

export function failureWords(failure: ImportFailure | null): string {
  switch (failure?.code) {
    case 'unreadable':
      return `The file cannot be read after row ${number(failure.row)}. A quote that is opened there may not be closed`
    case 'too-many-rows':
      return `The file has more than ${count(failure.most, 'row')}. Split it into several files`
    case 'no-rows':
      return 'The file has a heading row and nothing below it'
    case 'not-allowed':
      return 'The person who started this import may not import any more'
    default:
      return 'Portico could not go on with this file, although it tried several times. Ask whoever runs it to look at the log'
  }
}

/** Why a chosen file was not taken in. */
export type FileRefusal = UploadRefusal | 'too-big' | 'missing'

export function refusalWords(refusal: FileRefusal, megabytes: number): string {
  switch (refusal) {
    case 'missing':
      return 'Select a file to import'
    case 'too-big':
      return `The selected file must be smaller than ${number(megabytes)} MB`
    case 'empty':
      return 'The selected file is empty'
    case 'workbook':
      return 'The selected file is a workbook. Open it in your spreadsheet program, save it as CSV, and choose that file'
    case 'not-text':
      return 'The selected file must be a CSV'
    case 'no-rows':
      return 'The selected file has a heading row and nothing below it'
    case 'too-many-columns':
      return 'The selected file must have 200 columns or fewer'
    case 'unreadable':
      return 'The selected file cannot be read: a quote in it is opened and never closed'
  }
}

/** "B “Email”": a column as a spreadsheet names it, with its heading. */
export function columnName(columns: Column[], index: number): string {
  const heading = columns[index]?.heading ?? ''
  return `${letters(index)}${heading ? ` “${heading}”` : ''}`
}

export function mistakeWords(mistake: ColumnMistake, columns: Column[]): string {
  if (mistake.code === 'no-name') return 'Choose the column that holds the Name of each contact'
  const named = listOf(mistake.columns.map(index => columnName(columns, index)))
  if (mistake.code === 'name-twice') return `Choose either the whole name or its parts: columns ${named}`
  return `${count(mistake.columns.length, 'column')} go into ${HEADINGS[mistake.field]}: ${named}. Choose one of them`
}

export function fieldChoices(fields: readonly Field[]): [string, string][] {
  return [['', 'Do not import'], ...fields.map((field): [string, string] => [field, HEADINGS[field]])]
}

function letters(index: number): string {
  const before = index >= 26 ? letters(Math.floor(index / 26) - 1) : ''
  return `${before}${String.fromCharCode(65 + (index % 26))}`
}
