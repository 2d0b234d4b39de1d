import type { Worksheet } from 'exceljs'
import { PassThrough, type Readable } from 'node:stream'
import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { sheetUsersPage, type SheetUser } from '../portal-users/sheet.ts'
import { sharedPortals } from '../portals/portals.ts'
import { NO_ROLES, roles, type Role } from '../roles/roles.ts'
import { roomIn, textCell } from '../workbooks/write-table.ts'
import { rowsOf } from './file-rows.ts'
import type { Import } from './records.ts'
import { cellProblemsOf } from './user-log.ts'
import type { CellProblem } from './user-plan.ts'
import { AT, FIRST_ROW, LEVEL_WORDS, requiredWord, SHEET_COLUMNS, SHEET_PROBLEM } from './user-sheet.ts'

const ROWS_AT_ONCE = 2000
const CHOICES_TO_ROW = 5000
const WRONG = { type: 'pattern', pattern: 'solid', fgColor: { argb: 'FFFFD9D9' } } as const
/** A list of choices inside a rule holds no more; and a note with every name of a very long list helps nobody. */
const CHOICES_LENGTH = 255
const ROLES_NAMED = 40
const WIDTHS = [14, 28, 34, 20, 28, 34, 8, 8]

interface SheetLine {
  cells: string[]
  problems: { column: number; text: string }[]
}

/**
 * The template: two top rows, drop-down lists, a comment on each heading; below them those who have a login, if asked.
 */
export function userTemplate(db: Db, existing: boolean): Readable {
  return streamed(async out => {
    const known = await roles(db)
    await writeSheet(out, existing ? existingLines(db, known) : noLines(), known, false)
  })
}

/** Leaves a line in the audit log: who took the portal users out. */
export function recordTemplate(db: Db, staff: Staff, now: number): Promise<void> {
  return record(db, staff, 'portal-users.exported', null, {}, now)
}

/** The sheet that was uploaded, what is wrong marked in it, said in comments and in a last column nobody reads back. */
export function userSheetToFix(
  db: Db,
  config: Config,
  { id, fileKey, format }: Import,
  words: (problem: CellProblem) => string,
): Readable {
  if (fileKey === null) throw new Error('The file of this import is gone')
  return streamed(async out => {
    const problems = await cellProblemsOf(db, id)
    const lines = async function* (): AsyncGenerator<SheetLine> {
      for await (const row of rowsOf(config, fileKey, format)) {
        if (row.number < FIRST_ROW) continue
        const found = (problems.get(row.number) ?? []).map(problem => ({
          column: problem.column,
          text: words(problem),
        }))
        yield { cells: SHEET_COLUMNS.map((_, column) => row.cells[column] ?? ''), problems: found }
      }
    }
    await writeSheet(out, lines(), await roles(db), true)
  })
}

function streamed(write: (out: PassThrough) => Promise<void>): Readable {
  const out = new PassThrough()
  write(out).catch((error: unknown) => out.destroy(error as Error))
  return out
}

async function writeSheet(
  out: PassThrough,
  lines: AsyncIterable<SheetLine>,
  known: Role[],
  withProblems: boolean,
): Promise<void> {
  const { default: ExcelJS } = await import('exceljs') // heavy, and few requests need it
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: out, useStyles: true, useSharedStrings: false })
  const sheet = book.addWorksheet('Portal users', { views: [{ state: 'frozen', ySplit: FIRST_ROW - 1 }] })
  sheet.columns = [...WIDTHS, 60].map(width => ({ width, style: { numFmt: '@' } }))
  writeTop(sheet, known, withProblems)
  offerChoices(sheet, 'A', Object.values(LEVEL_WORDS), { allowBlank: false })
  // Several names with semicolons between them are right too, so that this list refuses nothing.
  if (known.length > 0)
    offerChoices(sheet, 'D', [...known.map(role => role.name), NO_ROLES], { showErrorMessage: false })
  for await (const line of lines) {
    writeLine(sheet, line)
    await roomIn(out)
    if (out.destroyed) return
  }
  sheet.commit()
  await book.commit()
}

/** A drop-down list for a column. Names that a rule cannot hold make no list: the comment on the heading has them. */
function offerChoices(sheet: Worksheet, column: string, choices: string[], rule: object): void {
  const list = choices.join(',')
  if (list.length > CHOICES_LENGTH || choices.some(choice => /[,"]/.test(choice))) return
  const range = `${column}${String(FIRST_ROW)}:${column}${String(CHOICES_TO_ROW)}`
  const { dataValidations } = sheet as unknown as { dataValidations: { add(range: string, rule: object): void } }
  dataValidations.add(range, { type: 'list', formulae: [`"${list}"`], ...rule })
}

function writeTop(sheet: Worksheet, known: Role[], withProblems: boolean): void {
  const headings = sheet.addRow([
    ...SHEET_COLUMNS.map(column => column.heading),
    ...(withProblems ? [SHEET_PROBLEM] : []),
  ])
  headings.font = { bold: true }
  SHEET_COLUMNS.forEach(({ help }, index) => (headings.getCell(index + 1).note = help))
  headings.getCell(AT.roles + 1).note = `${SHEET_COLUMNS[AT.roles].help} ${rolesThere(known)}`
  headings.commit()
  const markers = sheet.addRow(SHEET_COLUMNS.map(column => requiredWord(column.required)))
  markers.font = { italic: true }
  markers.commit()
}

function writeLine(sheet: Worksheet, { cells, problems }: SheetLine): void {
  const row = sheet.addRow([...cells, problems.map(problem => problem.text).join(' ')].map(textCell))
  for (const { column, text } of problems) {
    row.getCell(column + 1).fill = WRONG
    row.getCell(column + 1).note = text
  }
  row.commit()
}

async function* noLines(): AsyncGenerator<SheetLine> {
  // a template without anybody in it
}

function rolesThere(known: Role[]): string {
  if (known.length === 0) return 'There are no roles yet.'
  const names = known.slice(0, ROLES_NAMED).map(role => role.name)
  return `The roles: ${names.join('; ')}${known.length > names.length ? '; and more' : ''}.`
}

async function* existingLines(db: Db, known: Role[]): AsyncGenerator<SheetLine> {
  const names = {
    portals: new Map((await sharedPortals(db)).map(portal => [portal.id, portal.name])),
    roles: new Map(known.map(role => [role.id, role.name])),
  }
  for (let after = 0; ;) {
    const users = await sheetUsersPage(db, after, ROWS_AT_ONCE)
    const last = users.at(-1)
    if (!last) return
    for (const user of users) yield { cells: cellsOf(user, names), problems: [] }
    after = last.id
  }
}

function cellsOf(user: SheetUser, names: Record<'portals' | 'roles', Map<number, string>>): string[] {
  const levels = new Set(user.access.map(access => access.level))
  const [level] = levels
  const cells = SHEET_COLUMNS.map(() => '')
  cells[AT.level] = LEVEL_WORDS[levels.size === 1 && level ? level : 'keep']
  cells[AT.name] = user.name
  cells[AT.email] = user.email
  cells[AT.roles] = user.roleIds.flatMap(id => names.roles.get(id) ?? []).join('; ')
  cells[AT.company] = user.company ?? ''
  cells[AT.portals] = user.access.flatMap(access => names.portals.get(access.portalId) ?? []).join('; ')
  cells[AT.id] = String(user.id)
  cells[AT.check] = String(user.version)
  return cells
}
