import { expect } from 'chai'
import { stringify } from 'csv-stringify/sync'
import iconv from 'iconv-lite'
import { requiredWord, SHEET_COLUMNS } from '../../src/core/imports/user-sheet.ts'
import { settled } from '../support/actors.ts'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { describeOn } from '../support/engine.ts'
import { amongNaughtyNames, NAUGHTY } from '../support/naughty.ts'
import { aPortal } from '../support/people.ts'
import { aRawWorkbook, cellsOf } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const COLUMNS = ['Name', 'Type', 'Company', 'Email', 'Phone', 'Reference', 'Notes', 'Username', 'Password', 'Portals']
const USER_COLUMNS: string[] = SHEET_COLUMNS.map(({ heading }) => heading)
const MOMENT = /(\d{1,2} \w+ \d{4} )?at \d{1,2}:\d\d[ap]m/g
const TOP = [USER_COLUMNS, SHEET_COLUMNS.map(({ required }) => requiredWord(required))]

// Both engines stand side by side here, and one run alone has both.
describeOn('postgres')('A file with every naughty string in every column', function () {
  this.timeout(180_000)
  let worlds: World[]
  let staff: Browser[]
  beforeEach(async () => {
    worlds = [await aWorld({}, undefined, 'sqlite'), await aWorld({}, undefined, 'postgres')]
    for (const world of worlds) await aPortal(world, 'Orders')
    staff = await Promise.all(worlds.map(amongNaughtyNames))
  })
  afterEach(() => Promise.all(worlds.map(world => world.end())))

  for (const [kind, made] of [
    ['CSV', () => iconv.encode(csv([COLUMNS, ...contactRows(COLUMNS)]), 'utf-16le', { addBOM: true })],
    ['XLSX', () => workbook([COLUMNS, ...contactRows(['Name', 'Email', 'Notes'])])],
  ] as const) {
    it(`is imported and shown as text, and the same on both engines: ${kind} of contacts`, async () => {
      const file = await made()

      const seen = await onBoth(async (browser, world) => {
        await choose(browser, file, `=1+1\u202e<b>.${kind.toLowerCase()}`)
        const pages = [browser.text]
        for (const button of ['Check the file', 'Import']) {
          await browser.press(button)
          await settled(world)
          await browser.open(browser.path)
          pages.push(browser.h1, JSON.stringify(browser.facts()))
        }
        const { path } = browser
        const downloads = ['csv', 'xlsx'].map(async as => browser.download(`${path}/rows-to-fix.${as}`))
        const [fix, fixBook] = await Promise.all(downloads)
        return [
          ...pages,
          fix?.text,
          await cellsOf(fixBook?.body ?? Buffer.of()),
          await looked(browser, [path, '/staff/contacts', '/staff/companies', '/staff/portal-users']),
        ]
      })

      expect(seen[0]).to.deep.equal(seen[1])
      expect(await stored(worlds[0])).to.deep.equal(await stored(worlds[1]))
    })
  }

  it('is imported and shown as text, and the same on both engines: XLSX of portal users', async () => {
    const file = await workbook([...TOP, ...userRows()])

    const seen = await onBoth(async browser => {
      const refused = await upload(browser, file)
      await browser.press('OK')
      const { body } = await browser.download(`${browser.path}/to-fix.xlsx`)
      const marked = (await cellsOf(body)).slice(TOP.length)
      const good = marked.filter(cells => cells[8] === '').map(cells => cells.slice(0, 8).map(spelled))
      const asked = await upload(browser, await workbook([...TOP, ...good]))
      await browser.press('OK')
      expect(browser.h1).to.equal('Portal users imported')
      return [refused, asked, browser.text, marked, await looked(browser, ['/staff/portal-users'])]
    })

    expect(seen[0]).to.deep.equal(seen[1])
    expect(await stored(worlds[0])).to.deep.equal(await stored(worlds[1]))
  })

  /** What is seen on each, but for the time at which one of them came to it (times have tests of their own). */
  function onBoth<T>(what: (browser: Browser, world: World) => Promise<T>): Promise<T[]> {
    const look = async (world: World, index: number): Promise<T> => {
      const seen = JSON.stringify(await what(staff[index] ?? world.browser(), world))
      return JSON.parse(seen.replace(MOMENT, 'some time')) as T
    }
    return Promise.all(worlds.map(look))
  }
})

/** Each string in each of these columns in turn, the others as they should be. */
function contactRows(columns: string[]): string[][] {
  return NAUGHTY.flatMap((string, index) =>
    columns.map(column => {
      const place = COLUMNS.indexOf(column)
      const row = COLUMNS.map(() => '')
      row[0] = `Row ${String(index)} ${column}`
      if (place >= 7) row.splice(7, 3, `user.${String(index)}.${String(place)}`, 'harbour-0417', 'Orders')
      row[place] = string
      return row
    }),
  )
}

function userRows(): string[][] {
  return NAUGHTY.flatMap((string, index) =>
    USER_COLUMNS.map((_, place) => {
      const email = `user.${String(index)}.${String(place)}@customer.example`
      const row = ['Full', `Row ${String(index)}`, email, '', '', 'Orders', '', '']
      row[place] = string
      return row
    }),
  )
}

function csv(rows: string[][]): string {
  return stringify(rows, { quoted: true, quoted_empty: true, record_delimiter: 'windows' })
}

/** A workbook of texts as Excel writes it: what XML cannot hold stands in it by its number. */
function workbook(rows: string[][]): Promise<Buffer> {
  const cell = (text: string): string => `<c t="inlineStr"><is><t xml:space="preserve">${xml(text)}</t></is></c>`
  const lines = rows.map(row => `<row>${row.map(cell).join('')}</row>`)
  return aRawWorkbook(`<sheetData>${lines.join('')}</sheetData>`)
}

function xml(text: string): string {
  return text
    .replace(/_(?=x[0-9a-f]{4}_)/gi, '_x005F_')
    .replace(
      /[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu,
      sign => `_x${sign.charCodeAt(0).toString(16).padStart(4, '0')}_`,
    )
    .replace(/[<>&]/g, sign => `&#${String(sign.charCodeAt(0))};`)
}

/** ExcelJS leaves signs that stand by their number as they are. */
function spelled(cell: string): string {
  return cell.replace(/_x([0-9A-F]{4})_/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
}

/** What stands on some pages of each of these lists, numbers left out. */
async function looked(browser: Browser, lists: string[]): Promise<string[]> {
  const seen: string[] = []
  for (const list of lists) {
    for (const page of [1, 5, 25]) {
      await browser.open(`${list}?size=100&page=${String(page)}`)
      seen.push(`${String(browser.status)} ${browser.text.replace(/\d+/g, '#')}`)
    }
  }
  return seen
}

async function upload(browser: Browser, file: Buffer): Promise<string> {
  await browser.open('/staff/portal-users/import')
  browser.attach('Choose File', '../users\u202e.xlsx', file)
  await browser.press('Request Import')
  return browser.text
}

/** What the import has left behind. */
async function stored(world?: World): Promise<unknown> {
  if (!world) return null
  const { db } = world
  const tables: Record<string, string[]> = {
    contacts: [
      'id',
      'company_id',
      'name',
      'name_normalized',
      'email',
      'email_normalized',
      'phone',
      'reference',
      'notes',
      'search',
    ],
    companies: ['id', 'name', 'name_normalized'],
    portal_users: ['id', 'name', 'username', 'email', 'status'],
    import_rows: ['row_number', 'action', 'label', 'input', 'errors', 'changes'],
    jobs: ['kind', 'state'],
  }
  const rows = Object.entries(tables).map(([table, columns]) => {
    const all = db(table)
      .orderBy(columns[0] ?? '')
      .select(columns)
    return table === 'jobs' ? all.whereNot({ kind: 'refresh-statistics' }) : all // which nobody waited for
  })
  return Promise.all(rows)
}
