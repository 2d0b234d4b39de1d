import type { Request, Response } from 'express'
import type { Column } from '../../core/imports/columns.ts'
import { columnMistakes } from '../../core/imports/columns.ts'
import { ENCODINGS } from '../../core/imports/encoding.ts'
import { FIELDS, isField, looksSecret } from '../../core/imports/fields.ts'
import { DELIMITERS, UnreadableFile, type TextFormat } from '../../core/imports/read-csv.ts'
import { waitForImport, type Import } from '../../core/imports/records.ts'
import { fileStart, type FileStart } from '../../core/imports/start.ts'
import { askForCheck, readDifferently } from '../../core/imports/steps.ts'
import type { Deps } from '../shared/deps.ts'
import { oneOf, text, ticked, type FieldError } from '../shared/forms.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { changedImport, pathOf, shownImport, STEPS } from './imports-own.ts'
import { columnName, fieldChoices, mistakeWords, refusalWords } from './imports-words.ts'

const DELIMITER_WORDS: [string, string][] = [
  ['comma', 'Comma ,'],
  ['semicolon', 'Semicolon ;'],
  ['tab', 'Tab'],
]
const MASK = '••••'
const CHECK_WAITS_MS = 2500

/** Where each column of the file goes. */
export function columnPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/imports/:id/columns', may('import'), async (req, res) => {
    const found = await shownImport(db, req)
    if (!mayMatch(found)) return res.redirect(303, pathOf(found))
    await showForm(res, deps, found, mistakesOf(found.columns), req.query.read !== 'again')
  })

  pages.post('/imports/:id/columns', may('import'), async (req, res) => {
    const found = await changedImport(db, req)
    if (!mayMatch(found)) return res.redirect(303, pathOf(found))
    if (text(req.body, 'go') === 'read') return readAgain(req, res, deps, found)
    const columns = readColumns(req.body, found.columns)
    const portals = oneOf(req.body, 'portals', ['add', 'replace'])
    const asked = await askForCheck(
      db,
      staffOf(req),
      found,
      { columns, portals, remember: ticked(req.body, 'remember') },
      now(),
    )
    if (!asked.ok && asked.error !== 'too-late') {
      return showForm(res, deps, { ...found, columns, options: { ...found.options, portals } }, mistakesOf(columns))
    }
    deps.wakeWorker()
    await waitForImport(db, found.id, CHECK_WAITS_MS)
    res.redirect(303, pathOf(found))
  })
}

async function readAgain(req: Request, res: Response, deps: Deps, found: Import): Promise<void> {
  const { db, config } = deps
  if (found.format === null) return res.redirect(303, `${pathOf(found)}/columns`)
  try {
    await readDifferently(db, config, found, readFormat(req.body, found.format))
    res.redirect(303, `${pathOf(found)}/columns?read=again`)
  } catch (error) {
    if (!(error instanceof UnreadableFile)) throw error
    const message = refusalWords('unreadable', config.importMegabytes)
    await showForm(res, deps, found, [{ field: 'delimiter', message }])
  }
}

async function showForm(
  res: Response,
  { config }: Deps,
  found: Import,
  errors: FieldError[],
  guessed = false,
): Promise<void> {
  const start = await fileStart(config, found.fileKey ?? '', found.format)
  if (errors.length > 0) res.status(422)
  res.page('staff/imports/columns', {
    title: 'Match columns',
    tabTitle: `Match columns – ${found.filename}`,
    nav: 'imports',
    steps: STEPS,
    step: 2,
    errors,
    filename: found.filename,
    action: `${pathOf(found)}/columns`,
    cancel: `${pathOf(found)}/cancel`,
    columns: found.columns.map((column, index) => shownColumn(column, index, start)),
    choices: fieldChoices(FIELDS),
    portals: found.options.portals,
    text: found.format && shownFormat(found.format, guessed),
  })
}

/** How a text is read, and how else it could be. */
function shownFormat({ encoding, delimiter }: TextFormat, guessed: boolean) {
  const [name, words] = DELIMITER_WORDS[DELIMITERS.findIndex(one => one === delimiter)] ?? ['', '']
  return {
    encoding,
    guess: guessed && !encoding.startsWith('utf-') ? encodingWords(encoding) : '',
    encodings: encodingChoices(encoding),
    delimiter: name,
    delimiters: DELIMITER_WORDS,
    written: `${encodingWords(encoding)} with ${words.toLowerCase()} between the columns`,
  }
}

function mayMatch({ state, fileKey }: Import): boolean {
  return fileKey !== null && ['uploaded', 'failed_validation', 'ready'].includes(state)
}

function shownColumn({ heading, field }: Column, index: number, start: FileStart) {
  const samples = start.rows.map(row => (row.cells[index] ?? '').trim().slice(0, 80)).filter(value => value !== '')
  return {
    heading,
    name: heading || `Column ${columnName([], index)}`,
    field: field ?? '',
    samples: field === 'password' || looksSecret(heading) ? samples.map(() => MASK) : samples,
  }
}

function mistakesOf(columns: Column[]): FieldError[] {
  return columnMistakes(columns).map(mistake => ({
    field: `column-${String(mistake.code === 'no-name' ? 0 : (mistake.columns.at(-1) ?? 0))}`,
    message: mistakeWords(mistake, columns),
  }))
}

function readColumns(body: unknown, columns: Column[]): Column[] {
  return columns.map(({ heading }, index) => {
    const field = text(body, `column-${String(index)}`)
    return { heading, field: isField(field) ? field : null }
  })
}

function readFormat(body: unknown, before: TextFormat): TextFormat {
  const encoding =
    encodingChoices(before.encoding).find(([name]) => name === text(body, 'encoding'))?.[0] ?? before.encoding
  const place = DELIMITER_WORDS.findIndex(([name]) => name === text(body, 'delimiter'))
  return { encoding, delimiter: DELIMITERS[place] ?? before.delimiter }
}

function encodingChoices(current: string): [string, string][] {
  const names = ENCODINGS.some(name => name === current) ? ENCODINGS : [current, ...ENCODINGS]
  return names.map(name => [name, encodingWords(name)])
}

function encodingWords(name: string): string {
  return name.replace(/^./, first => first.toUpperCase()).replace(/utf/i, 'UTF')
}
