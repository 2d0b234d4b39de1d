import type { CellProblem, CellProblemCode } from '../../core/imports/user-plan.ts'
import { LEVEL_WORDS, SHEET_COLUMNS } from '../../core/imports/user-sheet.ts'
import type { SheetRefusal } from '../../core/imports/user-start.ts'
import { count, listOf } from '../shared/words.ts'
import { refusalWords, type FileRefusal } from './imports-words.ts'

const ADVICE: Record<CellProblemCode, string | ((about: string, choices: string[]) => string)> = {
  required: 'Fill in this cell: it is required',
  'not-typed': 'Type this cell as text: it holds a formula, a date, an error or a number that was shortened',
  'too-long': 'Use at most 200 characters',
  'bad-level': `Choose ${Object.values(LEVEL_WORDS).join(', ')}`,
  'nothing-to-keep': 'Choose Full, Standard or Read only: this person is new, and has no level to keep',
  'bad-email': 'Enter an email address like name@example.com',
  'unknown-role': (about, choices) => `There is no role called “${about}”. ${roleAdvice(choices)}`,
  'unknown-company': 'There is no company with this name. Add it in Companies first, or correct the name',
  'several-companies':
    'Several companies have this name. Leave the cell blank, and choose the company on the person’s page',
  'unknown-portal': about => `There is no portal called “${about}”. Separate several names with a semicolon`,
  'unknown-id': 'There is no portal user with this ID. Leave the cell as it was downloaded, or blank for somebody new',
  'email-stays': about => `This person signs in with ${about}. Change an address on the person’s page`,
  'changed-meanwhile': 'Somebody changed this person after the sheet was downloaded. Download a new one',
  'email-taken': 'Somebody else signs in with this address. Use another',
  twice: about => `Row ${about} has the same address. Keep one of the two rows`,
}

function roleAdvice(choices: string[]): string {
  if (choices.length === 0) return 'There are no roles yet: leave the cell blank, or add roles in Settings'
  const named = listOf(choices.map(name => `“${name}”`))
  return `Use roles there are, such as ${named}, with a semicolon between several names`
}

/** "Email: Enter an email address like name@example.com." */
export function cellAdvice({ code, about = '', choices = [] }: CellProblem): string {
  const advice = ADVICE[code]
  return `${typeof advice === 'string' ? advice : advice(about, choices)}.`
}

export function cellColumn({ column }: CellProblem): string {
  return SHEET_COLUMNS[column]?.heading ?? ''
}

/** Why a sheet was not taken in. */
export function sheetRefusalWords(
  refusal: SheetRefusal | FileRefusal,
  limits: { megabytes: number; rows: number },
): string {
  if (typeof refusal === 'object') {
    const { cell, expected, found } = refusal
    const should = expected ? `should be “${expected}”` : 'should be empty'
    return `${cell} ${should}${found ? `, and is “${found}”` : ', and is empty'}. Use the template with its two top rows as they were downloaded`
  }
  if (refusal === 'missing') return 'Select the template that you have filled in'
  if (refusal === 'not-a-workbook') return 'The selected file must be an Excel workbook (.xlsx)'
  if (refusal === 'no-rows') return 'The selected file has nothing from the third row on'
  if (refusal === 'too-many-rows')
    return `The selected file must have at most ${count(limits.rows, 'row')}. Divide a longer list into several`
  return refusalWords(refusal, limits.megabytes)
}
