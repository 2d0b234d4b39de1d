import { expect } from 'chai'
import iconv from 'iconv-lite'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { aRawWorkbook, aWorkbook } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const NAMES = 'Name;Notes\r\nRenée Müller;"two\r\nlines"\r\n\r\nÅsa;-\r\n'

describe('A file of contacts', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld({ importMegabytes: 1, importRows: 50 })
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  for (const [how, content] of Object.entries({
    'in UTF-8': Buffer.from(NAMES),
    'in UTF-8 with a mark': Buffer.from(`\ufeff${NAMES}`),
    'in UTF-16 LE': iconv.encode(NAMES, 'utf-16le', { addBOM: true }),
    'in UTF-16 BE': iconv.encode(NAMES, 'utf-16be', { addBOM: true }),
    'in UTF-16 without a mark': iconv.encode(NAMES, 'utf-16le', { addBOM: false }),
    'in Windows-1252': iconv.encode(NAMES, 'windows-1252'),
    'with a sep= line': Buffer.from(`sep=;\r\n${NAMES}`),
    'with tabs': Buffer.from(NAMES.replaceAll(';', '\t')),
    'with old line ends': Buffer.from(NAMES.replaceAll('\r\n', '\r')),
  })) {
    it(`is read ${how}`, async () => {
      await imported(content)

      const contacts = await world.db('contacts').orderBy('id').select('name', 'notes')
      expect(contacts).to.deep.equal([
        { name: 'Renée Müller', notes: 'two\nlines' },
        { name: 'Åsa', notes: '-' },
      ])
    })
  }

  for (const [language, encoding, names] of [
    ['Russian', 'Windows-1251', ['Жанна Иванова', 'Пётр Щербаков', 'Ольга Кузнецова']],
    ['Polish', 'Windows-1250', ['Łukasz Żółkiewski', 'Małgorzata Święcicka', 'Jacek Wójcik']],
    ['German', 'Windows-1252', ['Jürgen Müller', 'Käthe Größe', 'Anna Schmidt']],
  ] as [string, string, string[]][]) {
    it(`with ${language} names is read by a good guess, which the page calls a guess`, async () => {
      const rows = Array.from({ length: 200 }, (_, index) => `${names[index % 3] ?? ''},p${String(index)}@x.example`)
      await choose(staff, iconv.encode(['Name,Email', ...rows].join('\n'), encoding))

      expect(staff.text).to.include(names[0]).and.include(names[1]).and.include(`${encoding} is a guess`)
      await staff.press('Read the file this way')
      expect(staff.text).to.include(names[0]).and.not.include('is a guess')
    })
  }

  it('keeps nothing of columns that are not imported, nor of what looks like a secret', async () => {
    await choose(staff, 'Name,Email,Salary,PIN,Kennwort alt\nAda,ada@,70000,1234,sesame\n')
    expect(staff.text).to.include('70000').and.not.include('1234').and.not.include('sesame')
    await staff.press('Check the file')

    const [row] = (await world.db('import_rows').select('input')) as { input: string }[]
    expect(row?.input).to.equal('{"cells":["Ada","ada@","","",""],"hadPassword":false}')
    const { text } = await staff.download('Download 1 row to fix (CSV)')
    expect(text.split('\r\n')[0]).to.equal('\ufeff"Name","Email","Problem"')
  })

  it('can be read in another way when the guess was wrong', async () => {
    await choose(staff, iconv.encode('Name\nЖанна\n', 'windows-1251'))
    staff.fill('Encoding of the text', 'Windows-1251')
    await staff.press('Read the file this way')

    expect(staff.text).to.include('Жанна')
    await staff.press('Check the file')
    await staff.press('Import 1 row')
    expect(await world.db('contacts').pluck('name')).to.deep.equal(['Жанна'])
  })

  for (const [what, content, message] of [
    ['nothing', '', 'The selected file is empty'],
    ['only a heading row', 'Name,Email\n', 'The selected file has a heading row and nothing below it'],
    [
      'a zip that is no workbook',
      'PK\u0003\u0004xl/workbook.xml',
      'The selected file must be an Excel workbook (.xlsx) or a CSV',
    ],
    [
      'a picture',
      Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
      'The selected file must be an Excel workbook (.xlsx) or a CSV',
    ],
    [
      'only a heading row in a workbook',
      aWorkbook([['Name']]),
      'The selected file has a heading row and nothing below it',
    ],
    ['an empty sheet', aWorkbook([]), 'The selected file is empty'],
    [
      'a workbook of an old kind',
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      'The selected file is a workbook of an old kind. Save it as .xlsx and choose that file',
    ],
    [
      'a workbook with a password',
      Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.from('EncryptedPackage', 'utf16le')]),
      'The selected file is password protected. Save it without a password and choose it again',
    ],
    [
      'a workbook whose insides are broken',
      aRawWorkbook('<sheetData><row r="1">'),
      'We could not read this workbook. Save it as a new .xlsx file and try again',
    ],
    [
      'a workbook that would unpack to a hundred times its size',
      aRawWorkbook(`<sheetData>${' '.repeat(3_000_000)}</sheetData>`),
      'The selected file holds far more than a list of people. Copy the list into a new workbook and choose that file',
    ],
    [
      'a quote that never ends',
      'Name\n"Ada\n',
      'The selected file cannot be read: a quote in it is opened and never closed',
    ],
    ['more columns than anybody needs', `${'a,'.repeat(300)}\n1\n`, 'The selected file must have 200 columns or fewer'],
  ] as [string, string | Buffer | Promise<Buffer>, string][]) {
    it(`with ${what} is refused in words`, async () => {
      await choose(staff, await content)

      expect(staff.status).to.equal(422)
      expect(staff.errors()).to.deep.equal([message])
      expect(filesKept()).to.deep.equal([])
    })
  }

  it('has to be chosen, and must not be too big', async () => {
    await staff.open('/staff/import-export')
    await staff.press('Import')
    expect(staff.errors()).to.deep.equal(['Select a file to import'])

    await choose(staff, `Name\n${'x'.repeat(1_100_000)}\n`)
    expect(staff.status).to.equal(413)
    expect(staff.errors()).to.deep.equal(['The selected file must be smaller than 1 MB'])
    expect(filesKept()).to.deep.equal([])
  })

  it('with too many rows is refused as a whole', async () => {
    await choose(staff, `Name\n${'Ada\n'.repeat(51)}`)
    await staff.press('Check the file')

    expect(staff.text).to.include('The file has more than 50 rows. Split it into several files.')
    await staff.click('Read the file in another way')
    await staff.press('Cancel this import')
    expect(filesKept()).to.deep.equal([])
  })

  it('cannot reach the insides of the program by its headings', async () => {
    await imported('__proto__,constructor,Name,toString,__proto__\nx,y,Ada,z,w\n')

    expect(await world.db('contacts').pluck('name')).to.deep.equal(['Ada'])
    expect(({} as Record<string, unknown>).x).to.equal(undefined)
  })

  it('with cells that are missing, too many, too long or unprintable says so for each row', async () => {
    await choose(
      staff,
      `Name,Notes,Phone\nAda\nBea,a,b,c\nCal,${'x'.repeat(10_001)},1\nDee\u0000,a,1\nEve,b,4.41E+11\n`,
    )
    await staff.press('Check the file')

    expect(staff.facts()).to.include({ 'Rows read': '5', 'Will be added': '1', 'With problems': '4' })
    expect(staff.tableRows('with problems').map(([row, , column]) => `${row ?? ''} ${column ?? ''}`)).to.deep.equal([
      'Row 3 Whole row',
      'Row 4 Notes',
      'Row 5 Name',
      'Row 6 Phone',
    ])
  })

  it('is not kept with a password, even where a row has too many cells', async () => {
    await choose(staff, 'Name,Username,Password,Portals\nAda, Jr,ada,harbour-2026,Orders\n')
    await staff.press('Check the file')

    const rows = await world.db('import_rows').select('input', 'errors', 'label')
    expect(rows).to.have.length(1)
    expect(JSON.stringify(rows)).not.to.include('harbour-2026')
    expect(staff.text).not.to.include('harbour-2026')
  })

  it('is shown as text, whatever is in it', async () => {
    await choose(staff, '<b>Name</b>,Name\n<script>alert(1)</script>,"<img src=x onerror=alert(1)>"\n', '<i>.csv')

    expect(staff.html).not.to.include('<script>alert').and.not.to.include('<img src=x').and.not.to.include('<i>')
    await staff.press('Check the file')
    expect(staff.html).not.to.include('<img src=x').and.not.to.include('<i>')
  })

  it('lies on disk where nobody can read it', async () => {
    await choose(staff, 'Name,Password\nAda Okafor,harbour-2026\n')

    const [name = ''] = readdirSync(path.join(world.config.dataDir, 'imports'))
    expect(name).to.match(/^[\w-]{43}$/)
    expect(readFileSync(path.join(world.config.dataDir, 'imports', name), 'latin1')).not.to.include('Ada Okafor')
    expect(readdirSync(path.join(world.config.dataDir, 'uploads'))).to.deep.equal([])
  })

  it('needs the form of this browser', async () => {
    const [boundary, lines] = [
      'edge',
      ['content-disposition: form-data; name="file"; filename="a.csv"', '', 'Name', 'Ada'],
    ]
    const reply = await staff.raw('POST', '/staff/imports', {
      headers: { 'sec-fetch-site': 'same-origin', 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: [`--${boundary}`, ...lines, `--${boundary}--`, ''].join('\r\n'),
    })

    expect(reply.status).to.equal(403)
    expect(await world.db('imports').select('id')).to.deep.equal([])
    expect(filesKept()).to.deep.equal([])
  })

  async function imported(content: string | Buffer): Promise<void> {
    await choose(staff, content)
    await staff.press('Check the file')
    await staff.press('Import')
  }

  function filesKept(): string[] {
    const folders = ['imports', 'uploads'].map(folder => path.join(world.config.dataDir, folder))
    return folders.flatMap(folder => (existsSync(folder) ? readdirSync(folder) : []))
  }
})
