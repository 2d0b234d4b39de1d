import { expect } from 'chai'
import { tokenOn } from '../support/actors.ts'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { describeOn } from '../support/engine.ts'
import { multipart, type Entry } from '../support/multipart.ts'
import type { Reply } from '../support/site-client.ts'
import { aRawWorkbook, aZip } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const MEGABYTE = 1_048_576

/** Much longer than anything here takes in one go, and shorter than anybody would call the server hung. */
const LONGEST_TURN_MS = 1000
const ROW = '<row r="1"><c r="A1" t="str"><v>Name</v></c></row>'
const LAUGHS = Array.from({ length: 9 }, (_, at) => `<!ENTITY l${String(at + 1)} "${`&l${String(at)};`.repeat(10)}">`)

/** Workbooks that are small to send and far too much to read. */
const WORKBOOKS: Record<string, () => Promise<Buffer>> = {
  'a sheet of sixty megabytes of nothing': () =>
    aRawWorkbook(`<sheetData>${ROW}${' '.repeat(60 * MEGABYTE)}</sheetData>`),
  'a picture that unpacks to more than everything else': () =>
    aRawWorkbook(`<sheetData>${ROW}</sheetData>`, { 'xl/media/image1.png': Buffer.alloc(120 * MEGABYTE) }),
  'a zip in the place of its sheet': async () =>
    aRawWorkbook('', { 'xl/worksheets/sheet1.xml': await aZip({ 'x.xml': Buffer.alloc(20 * MEGABYTE) }) }),
  'entities made of entities': () =>
    aRawWorkbook('', {
      'xl/sharedStrings.xml': `<!DOCTYPE x [<!ENTITY l0 "ha">${LAUGHS.join('')}]><sst><si><t>&l9;</t></si></sst>`,
    }),
  'one element in another a hundred thousand times': () =>
    aRawWorkbook(`<sheetData>${'<row>'.repeat(100_000)}<c><v>1</v></c>${'</row>'.repeat(100_000)}</sheetData>`),
  'more parts than anybody has': () =>
    aRawWorkbook(
      `<sheetData>${ROW}</sheetData>`,
      Object.fromEntries(range(300).map(at => [`xl/worksheets/s${at}.xml`, ''])),
    ),
  'a row with every column there is': () =>
    aRawWorkbook(`<sheetData><row>${'<c><v>1</v></c>'.repeat(16_384)}</row><row><c><v>1</v></c></row></sheetData>`),
  'two million cells of one long text': () =>
    aRawWorkbook(`<sheetData>${`<row>${'<c t="s"><v>0</v></c>'.repeat(200)}</row>`.repeat(500)}</sheetData>`, {
      'xl/sharedStrings.xml': `<sst><si><t>${'long '.repeat(6000)}</t></si></sst>`,
    }),
  'a cell of a million characters': () =>
    aRawWorkbook(`<sheetData><row><c t="inlineStr"><is><t>${noise(1_000_000)}</t></is></c></row></sheetData>`),
}

const TEXTS: Record<string, () => string> = {
  'one line of ten megabytes': () => `Name\n${'x'.repeat(9.9 * MEGABYTE)}`,
  'a quote that is opened and closes nothing for ten megabytes': () => `Name\n"${'x\n'.repeat(4.9 * MEGABYTE)}`,
  'millions of quotes': () => `Name\n${'"'.repeat(5 * MEGABYTE)}\n`,
  'millions of columns': () => `${','.repeat(5 * MEGABYTE)}\n1\n`,
  'a heading of megabytes': () => `${'N'.repeat(3 * MEGABYTE)}\nAda\n`,
}

// What refuses these knows nothing of the database.
describeOn('sqlite')('A bomb', function () {
  this.timeout(120_000)
  let world: World
  let staff: Browser
  let other: Browser
  before(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    other = await world.signedInStaff()
  })
  after(() => world.end())

  for (const [what, made] of Object.entries({ ...WORKBOOKS, ...TEXTS })) {
    it(`is refused in words while others go on: a file with ${what}`, async () => {
      const file = await made()
      expect(file.length).to.be.below(10 * MEGABYTE)

      await staff.open('/staff/import-export')
      staff.attach('Choose File', 'people.xlsx', file)
      await whileOthersGoOn(() => staff.press('Import'))

      expect(staff.status).to.equal(422)
      expect(staff.errors()).to.have.length(1)
      expect(staff.errors()[0]).to.match(/^(The selected file|We could not read this workbook)/)
    })
  }

  it('of five million rows is refused by the check, while others go on', async () => {
    await choose(staff, `Name\n${'A\n'.repeat(4.9 * MEGABYTE)}`)

    await whileOthersGoOn(() => staff.press('Check the file'))
    while (staff.h1.startsWith('Checking')) await whileOthersGoOn(() => staff.open(staff.path))

    expect(staff.text).to.include('The file has more than 50,000 rows. Split it into several files.')
  })

  it('of fields, parts or brackets is refused before it is read', async () => {
    await staff.open('/staff/import-export')
    const token = tokenOn(staff)
    const form = (body: string): Promise<Reply> =>
      sent('/staff/companies', { 'content-type': FORM }, `_csrf=${token}&${body}`)
    const parts = (entries: Entry[]): Promise<Reply> => {
      const { headers, body } = multipart([['_csrf', token], ...entries])
      return sent('/staff/imports', headers, body)
    }
    const file = (at: string): Entry => [
      'file',
      { name: `${at}.csv`, type: 'text/csv', content: Buffer.from('Name\nAda\n') },
    ]

    for (const [status, asked] of [
      [413, () => form('a=1&'.repeat(20_000))],
      [413, () => form(`a${'[b]'.repeat(40_000)}=1`)],
      [422, () => form(`name${'[b]'.repeat(10_000)}=1`)],
      [413, () => form(`name=${'%F0%9F%98%80'.repeat(20_000)}`)],
      [415, () => sent('/staff/companies', { 'content-type': 'application/json' }, '['.repeat(90_000))],
      [400, () => parts(range(5000).map(at => [`field${at}`, 'x']))],
      [400, () => parts(range(100).map(file))],
      [400, () => parts([[`a${'[0]'.repeat(20)}`, 'x']])],
      [400, () => parts([['formKey', 'x'.repeat(MEGABYTE)]])],
      [400, () => parts([['x'.repeat(5000), 'x']])],
    ] as const)
      expect((await asked()).status, asked.toString()).to.equal(status)
  })

  function sent(path: string, headers: Record<string, string>, body: string | Buffer): Promise<Reply> {
    return staff.raw('POST', path, { headers: { 'sec-fetch-site': 'same-origin', ...headers }, body })
  }

  /** Others are answered all the time until this is done. */
  async function whileOthersGoOn(work: () => Promise<unknown>): Promise<void> {
    const waited = { isOver: false }
    const turns = longestTurn()
    const done = work().finally(() => (waited.isOver = true))
    while (!waited.isOver) {
      const { status } = await other.raw('GET', '/health')
      expect([status, (await other.raw('GET', '/staff/contacts')).status]).to.deep.equal([200, 200])
    }
    await done
    expect(turns.end()).to.be.below(LONGEST_TURN_MS)
  }
})

/**
 * The most that this process works without letting anybody else have a turn, in time of the processor: others may be at
 * it.
 */
function longestTurn(): { end(): number } {
  let longest = 0
  let last = process.cpuUsage()
  const look = (): void => {
    const { user, system } = process.cpuUsage(last)
    longest = Math.max(longest, (user + system) / 1000)
    last = process.cpuUsage()
  }
  const looking = setInterval(look, 5)
  return {
    end() {
      clearInterval(looking)
      look()
      return longest
    },
  }
}

const FORM = 'application/x-www-form-urlencoded'

function range(count: number): string[] {
  return Array.from({ length: count }, (_, at) => String(at))
}

/** Text that cannot be packed small. */
function noise(length: number): string {
  return Array.from({ length }, (_, at) => String.fromCharCode(97 + ((at * at * 7919) % 26))).join('')
}
