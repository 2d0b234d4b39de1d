import type { Problem, ProblemCode } from '../../core/imports/contact-row.ts'
import { HEADINGS } from '../../core/imports/fields.ts'
import type { FailedRow } from '../../core/imports/row-log.ts'
import { count, listOf, number } from '../shared/words.ts'

const ADVICE: Record<ProblemCode, string | ((problem: Problem) => string)> = {
  'too-many-cells': 'This row has more cells than the heading row. Compare it with your file: a quote may be missing',
  'control-characters': 'Remove the characters that cannot be seen. Typing the cell again helps',
  'too-long': ({ about }) => `Shorten it to ${number(Number(about))} characters or fewer`,
  'too-short': ({ about }) => `Use at least ${number(Number(about))} characters`,
  'cannot-clear': problem => `${columnOf(problem)} cannot be emptied. Leave the cell blank to keep what is there`,
  'bad-id': 'Enter the number from an export, or leave the cell blank',
  'bad-email': 'Enter an email address like name@example.com',
  'bad-type': 'Enter Client, Prospect or Supplier',
  'damaged-number': 'The spreadsheet has shortened this number. Format the column as text and enter the number in full',
  formula: 'This cell has a formula. Copy the column, paste it as values only, and save the file again',
  'cell-error': 'The spreadsheet shows an error in this cell. Type what belongs there',
  'date-cell': 'The spreadsheet has made a date of this. Format the column as text and enter it again',
  'name-missing': 'Enter the name of the contact',
  'unknown-id': 'There is no contact with this ID. Leave the cell blank to add a new contact',
  'other-person': ({ given, about }) => `Contact ${String(given)} is ${String(about)}: check the Contact ID`,
  archived: ({ about }) => `${String(about)} is archived. Restore the contact first`,
  'different-people': ({ about }) =>
    `This is the address of ${String(about)}, and the contact ID is somebody else’s. Correct one of the two`,
  'several-contacts': ({ about }) =>
    `${count(Number(about), 'contact')} have this address. Fill in the contact ID of the one you mean`,
  'twice-in-file': ({ about }) => `Row ${number(Number(about))} is about the same contact. Keep one of the two rows`,
  'several-companies': ({ about }) =>
    `${count(Number(about), 'company', 'companies')} have this name. Choose the company on the contact’s page`,
  'unknown-portal': ({ near = [] }) => `There is no portal with this name.${didYouMean(near)}`,
  'portals-without-login': 'This contact has no username or password. Fill in both to give access',
  'password-without-username': 'Enter a username or an email address too: a new login needs one',
  'username-without-password': 'Enter a password too: a new login needs both',
  'username-taken': problem => `${whoUses(problem)} this name. Choose a different username`,
  'email-taken': problem => `${whoUses(problem)} this address. Use a different email address`,
  'reference-taken': ({ about }) => `${String(about)} has this reference. Each reference belongs to one contact`,
  'password-ignored': 'The password was left as it is: this person has chosen their own',
  'sign-in-email-stays': ({ about }) => `This person still signs in with ${String(about)}: that address stays as it is`,
  'username-stays': ({ about }) => `This person still signs in as ${String(about)}: that username stays as it is`,
}

const SECRET: readonly ProblemCode[] = [
  'too-short',
  'too-long',
  'control-characters',
  'formula',
  'cell-error',
  'date-cell',
  'damaged-number',
]

/** What to do about one problem of a row. */
export function adviceFor(problem: Problem): string {
  const advice = ADVICE[problem.code]
  return typeof advice === 'string' ? advice : advice(problem)
}

export function columnOf({ field }: Problem): string {
  return field ? HEADINGS[field] : 'Whole row'
}

/** What stands in the file, a password never. '' when the cell is empty. */
export function givenIn({ code, field, given = '' }: Problem): string {
  return field === 'password' && SECRET.includes(code) ? '••••' : given
}

/** All that is wrong with a row, for the last column of the file in which it is put right. */
export function problemText({ problems, hadPassword }: FailedRow): string {
  const said = problems.map(problem => `${columnOf(problem)}: ${adviceFor(problem)}`)
  const all = hadPassword ? [...said, 'The password is left out here: fill it in again'] : said
  return all.map(sentence => (sentence.endsWith('?') ? sentence : `${sentence}.`)).join(' ')
}

function didYouMean(near: string[]): string {
  return near.length > 0 ? ` Did you mean ${listOf(near.map(name => `“${name}”`))}?` : ''
}

function whoUses({ about }: Problem): string {
  return typeof about === 'number' ? `Row ${number(about)} uses` : `${about || 'Somebody else'} signs in with`
}
