import type { ColumnMistake, Column } from '../../core/imports/columns.ts'
import type { Change } from '../../core/imports/contact-changes.ts'
import { HEADINGS, type Field } from '../../core/imports/fields.ts'
import type { FirstNames } from '../../core/imports/findings.ts'
import type { Import, ImportFailure, ImportState } from '../../core/imports/records.ts'
import type { UploadRefusal } from '../../core/imports/start.ts'
import { count, listOf, number } from '../shared/words.ts'

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

/** "Ada, Bea and 12 more"; '' when there is nobody. */
export function namesWords({ names, count: all }: FirstNames): string {
  return listOf(all > names.length ? [...names, `${number(all - names.length)} more`] : names)
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

export function failureWords(failure: ImportFailure): string {
  switch (failure.code) {
    case 'unreadable':
      return `The file cannot be read after row ${number(failure.row)}. A quote that is opened there may not be closed`
    case 'too-many-rows':
      return `The file has more than ${count(failure.most, 'row')}. Split it into several files`
    case 'no-rows':
      return 'The file has a heading row and nothing below it'
    case 'not-allowed':
      return 'The person who started this import may not import any more'
    case 'rows':
      return 'Some rows of the sheet have to be put right first'
    case 'gave-up':
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
    case 'not-text':
    case 'not-a-workbook':
      return 'The selected file must be an Excel workbook (.xlsx) or a CSV'
    case 'protected':
      return 'The selected file is password protected. Save it without a password and choose it again'
    case 'old-workbook':
      return 'The selected file is a workbook of an old kind. Save it as .xlsx and choose that file'
    case 'too-much-inside':
      return 'The selected file holds far more than a list of people. Copy the list into a new workbook and choose that file'
    case 'too-long-cell':
      return 'The selected file has a cell of more than 32,767 characters, which is more than Excel can hold. Shorten it and choose the file again'
    case 'unreadable-workbook':
      return 'We could not read this workbook. Save it as a new .xlsx file and try again'
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
