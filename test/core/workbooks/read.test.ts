import { expect } from 'chai'
import { describeOn } from '../../support/engine.ts'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { workbookLines } from '../../../src/core/workbooks/read.ts'
import { WorkbookRefused } from '../../../src/core/workbooks/refusals.ts'
import type { SheetRow } from '../../../src/core/workbooks/sheet-rows.ts'
import { aRawWorkbook, aWorkbook, aZip } from '../../support/workbooks.ts'

describeOn('sqlite')('A workbook', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'portico-workbook-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  async function rowsOf(content: Buffer | string, ms = 30_000): Promise<SheetRow[]> {
    const file = path.join(folder, 'file.xlsx')
    writeFileSync(file, content)
    const lines = (await buffer(workbookLines(file, { ms }))).toString()
    return lines
      .split('\n')
      .filter(line => line !== '')
      .map(line => JSON.parse(line) as SheetRow)
  }

  async function refusalOf(content: Buffer | string, ms?: number): Promise<string> {
    try {
      return `read ${String((await rowsOf(content, ms)).length)} rows`
    } catch (error) {
      return error instanceof WorkbookRefused ? error.refusal : String(error)
    }
  }

  it('is read row by row, numbered as the spreadsheet shows them, blank rows left out', async () => {
    const rows = await rowsOf(await aWorkbook([['Name', 'Phone'], [], ['Ada', '020 7946 0018']]))

    expect(rows).to.deep.equal([
      { number: 1, cells: ['Name', 'Phone'], odd: [] },
      { number: 3, cells: ['Ada', '020 7946 0018'], odd: [] },
    ])
  })

  it('is refused for a cell longer than spreadsheet programs allow, in the sheet or among its shared strings', async () => {
    const [longest, longer] = ['x'.repeat(32_767), 'x'.repeat(32_768)]
    const one = (text: string) =>
      `<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>${text}</t></is></c></row></sheetData>`
    const strings = { 'xl/sharedStrings.xml': `<sst><si><t>${longer}</t></si></sst>` }

    expect((await rowsOf(await aRawWorkbook(one(longest))))[0]?.cells).to.deep.equal([longest])
    expect(await refusalOf(await aRawWorkbook(one(longer)))).to.equal('too-long-cell')
    const shared = '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>'
    expect(await refusalOf(await aRawWorkbook(shared, strings))).to.equal('too-long-cell')
  })

  it('gives the text of every kind of cell, and says which nobody typed', async () => {
    const rich = { richText: [{ text: 'Ada ' }, { font: { bold: true }, text: 'Okafor' }] }
    const link = { text: 'ada@harbour.example', hyperlink: 'mailto:ada@harbour.example' }
    const formula = { formula: 'A1&"x"', result: 'Adax' }
    const [row] = await rowsOf(
      await aWorkbook([
        [
          rich,
          link,
          'mailto:bea@harbour.example',
          42,
          true,
          formula,
          { error: '#N/A' },
          new Date(Date.UTC(2026, 2, 1)),
          441234567890,
        ],
      ]),
    )

    expect(row?.cells).to.deep.equal([
      'Ada Okafor',
      'ada@harbour.example',
      'mailto:bea@harbour.example',
      '42',
      'TRUE',
      'Adax',
      '#N/A',
      '2026-03-01',
      '4.41E+11',
    ])
    expect(row?.odd).to.deep.equal([
      { column: 5, oddity: 'formula' },
      { column: 6, oddity: 'error' },
      { column: 7, oddity: 'date' },
      { column: 8, oddity: 'number' },
    ])
  })

  it('may leave out where its cells stand, use prefixes, say how a text is pronounced and write signs as numbers', async () => {
    const cells = `<x:row><x:c t="inlineStr"><x:is><x:r><x:t>Ada </x:t></x:r><x:r><x:t>Okafor</x:t></x:r></x:is></x:c><x:c t="s"><x:v>0</x:v></x:c><x:c t="str"><x:v>&amp;amp;_x0041__x005F_x0041_</x:v></x:c></x:row>`
    const strings = '<sst><si><t>漢字</t>\n<rPh sb="0" eb="2"><t>カンジ</t></rPh></si></sst>'

    const rows = await rowsOf(
      await aRawWorkbook('', {
        'xl/sharedStrings.xml': strings,
        'xl/worksheets/sheet1.xml': `<x:worksheet xmlns:x="x"><x:sheetData>${cells}</x:sheetData></x:worksheet>`,
      }),
    )

    expect(rows).to.deep.equal([{ number: 1, cells: ['Ada Okafor', '漢字', '&amp;A_x0041_'], odd: [] }])
  })

  it('shows zeros in front where its format does', async () => {
    const styles =
      '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="00000000000"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="164"/></cellXfs></styleSheet>'

    const rows = await rowsOf(
      await aRawWorkbook('<sheetData><row r="1"><c r="B1" s="1"><v>2079460018</v></c></row></sheetData>', {
        'xl/styles.xml': styles,
      }),
    )

    expect(rows).to.deep.equal([{ number: 1, cells: ['', '02079460018'], odd: [] }])
  })

  const good = '<row r="1"><c r="A1" t="str"><v>Name</v></c></row>'
  for (const [what, sheet] of [
    [
      'one merge over everything',
      `<sheetData>${good}</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>`,
    ],
    ['a hundred million columns', `<cols><col min="1" max="100000000"/></cols><sheetData>${good}</sheetData>`],
    [
      'a list to choose from over everything',
      `<sheetData>${good}</sheetData><dataValidations><dataValidation sqref="A1:XFD1048576"/></dataValidations>`,
    ],
  ] as const) {
    it(`with ${what} is read like any other`, async () => {
      expect(await rowsOf(await aRawWorkbook(sheet))).to.have.length(1)
    })
  }

  it('keeps one cell of all that stand far to the right', async () => {
    const [row] = await rowsOf(
      await aRawWorkbook(`<sheetData><row><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row></sheetData>`),
    )

    expect(row?.cells.filter(cell => cell !== '')).to.deep.equal(['1', '2'])
    expect(row?.cells.length).to.be.lessThan(300)
  })

  for (const [what, sheet] of [
    [
      'a row further down than there are',
      '<sheetData><row r="4000000000"><c r="A4000000000"><v>1</v></c></row></sheetData>',
    ],
    ['a column further right than there are', '<sheetData><row r="1"><c r="ZZZ1"><v>1</v></c></row></sheetData>'],
    ['rows in disorder', '<sheetData><row r="2"/><row r="1"/></sheetData>'],
    ['broken insides', '<sheetData><row r="1">'],
  ] as const) {
    it(`with ${what} is refused`, async () => {
      expect(await refusalOf(await aRawWorkbook(sheet))).to.equal('unreadable-workbook')
    })
  }

  it('with a document type is refused, so that nothing in it is ever expanded or fetched', async () => {
    const trap = `<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><worksheet><sheetData><row r="1"><c r="A1" t="str"><v>&a;</v></c></row></sheetData></worksheet>`

    expect(await refusalOf(await aRawWorkbook('', { 'xl/worksheets/sheet1.xml': trap }))).to.equal(
      'unreadable-workbook',
    )
    expect(await refusalOf(await aRawWorkbook('', { 'xl/workbook.xml': trap }))).to.equal('unreadable-workbook')
  })

  it('that would unpack to far more than it is gets refused before that, wherever the bulk stands', async () => {
    const bulk = Buffer.alloc(120 * 1024 * 1024, 32)
    const before = process.memoryUsage().rss

    const unused = await aRawWorkbook(`<sheetData>${good}</sheetData>`, { 'xl/media/image1.png': bulk })
    const sheet = await aRawWorkbook('', { 'xl/worksheets/sheet1.xml': bulk.subarray(0, 2_000_000) })

    expect(unused.length).to.be.lessThan(200_000)
    expect(await refusalOf(unused)).to.equal('too-much-inside')
    expect(await refusalOf(sheet)).to.equal('too-much-inside')
    expect(process.memoryUsage().rss - before).to.be.lessThan(300 * 1024 * 1024)
  })

  it('that lies about how much is in it is refused', async () => {
    const honest = await aRawWorkbook(`<sheetData>${good.repeat(1)}${' '.repeat(500_000)}</sheetData>`)
    const lying = Buffer.from(honest)
    const directory = lying.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'))
    lying.writeUInt32LE(100, directory + 24)

    expect(await refusalOf(honest)).to.equal('read 1 rows')
    expect(await refusalOf(lying)).to.equal('unreadable-workbook')
  })

  it('whose cells repeat one long text a million times fills no disk', async () => {
    const cells = `<row>${'<c t="s"><v>0</v></c>'.repeat(200)}</row>`.repeat(100)
    const strings = `<sst><si><t>${'long '.repeat(6_000)}</t></si></sst>`

    const content = await aRawWorkbook(`<sheetData>${cells}</sheetData>`, { 'xl/sharedStrings.xml': strings })

    expect(await refusalOf(content)).to.equal('too-much-inside')
  })

  it('that takes too long is stopped', async () => {
    expect(await refusalOf(await aWorkbook([['Name']]), 1)).to.equal('unreadable-workbook')
    expect(await refusalOf(await aWorkbook([['Name']]))).to.equal('read 1 rows')
  })

  it('has to be one', async () => {
    expect(await refusalOf('PK\x03\x04 and then nothing of the kind')).to.equal('not-a-workbook')
    expect(await refusalOf(await aZip({ 'word/document.xml': '<document/>' }))).to.equal('not-a-workbook')
    const many = Object.fromEntries(Array.from({ length: 201 }, (_, index) => [`xl/${String(index)}.xml`, '']))
    expect(await refusalOf(await aRawWorkbook('', many))).to.equal('too-much-inside')
  })

  it('with a password, or of the old kind, is told from others', async () => {
    const old = Buffer.from('d0cf11e0a1b11ae1', 'hex')

    expect(await refusalOf(Buffer.concat([old, Buffer.alloc(1000)]))).to.equal('old-workbook')
    expect(
      await refusalOf(Buffer.concat([old, Buffer.alloc(70_000), Buffer.from('EncryptedPackage', 'utf16le')])),
    ).to.equal('protected')
  })
})
