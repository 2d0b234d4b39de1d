import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { aCompany, aContact, aPortal, aPortalUser, portalsOf } from '../support/people.ts'
import { aWorkbook, cellsOf, firstSheet } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

describe('A workbook of contacts', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld({ importRows: 50 })
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('is imported as a text is, row for row as the spreadsheet numbers them', async () => {
    await aPortal(world, 'Orders')
    const rows = [
      ['Name', 'Email', 'Phone', 'Username', 'Password', 'Portals'],
      [],
      [
        'Ada Okafor',
        { text: 'ada@harbour.example', hyperlink: 'mailto:ada@harbour.example' },
        '020',
        'ada',
        'harbour-2026',
        'Orders',
      ],
      ['Bea Lund', 'bea@', 441234567890],
    ]

    await choose(staff, await aWorkbook(rows), 'people.xlsx')
    expect(staff.text).to.include('people.xlsx, the first sheet of the workbook').and.not.to.include('Encoding')
    expect(staff.text).to.include('Ada Okafor').and.not.to.include('harbour-2026')
    await staff.press('Check the file')
    expect(staff.tableRows('with problems').map(([row, , column]) => `${row ?? ''} ${column ?? ''}`)).to.deep.equal([
      'Row 4 Email',
      'Row 4 Phone',
    ])
    await staff.press('Import the 1 good row')

    const [ada] = await world.db('contacts').select('id', 'name', 'email', 'phone')
    expect(ada).to.deep.include({ name: 'Ada Okafor', email: 'ada@harbour.example', phone: '020' })
    expect(await portalsOf(world, ada.id)).to.deep.equal(['Orders'])
  })

  it('says of every cell that nobody typed what to do', async () => {
    await choose(
      staff,
      await aWorkbook([
        ['Name', 'Reference', 'Password', 'Notes'],
        [
          { formula: 'B2&"x"', result: 'Ada' },
          new Date(0),
          { formula: '"harbour-"&2026', result: 'harbour-2026' },
          new Date(0),
        ],
        ['Bea', { error: '#N/A' }, 12345678901234567890n.toString().length * 1e15],
      ]),
    )
    await staff.press('Check the file')

    expect(
      staff.tableRows('with problems').map(([row, , column, , advice]) => [row, column, advice?.split('.')[0]]),
    ).to.deep.equal([
      ['Row 2', 'Name', 'This cell has a formula'],
      ['Row 2', 'Reference', 'The spreadsheet has made a date of this'],
      ['Row 2', 'Password', 'This cell has a formula'],
      ['Row 3', 'Reference', 'The spreadsheet shows an error in this cell'],
      ['Row 3', 'Password', 'The spreadsheet has shortened this number'],
    ])
    expect(staff.text).not.to.include('harbour-2026')
    expect(JSON.stringify(await world.db('import_rows').select('input', 'errors'))).not.to.include('harbour-2026')
  })

  it('lies on disk where nobody can read it, and nothing of one that is refused', async () => {
    await choose(staff, 'PK\u0003\u0004', 'broken.xlsx')
    expect(readdirSync(path.join(world.config.dataDir, 'imports'))).to.deep.equal([])

    await choose(staff, await aWorkbook([['Name'], ['Ada Okafor']]))

    const [name = ''] = readdirSync(path.join(world.config.dataDir, 'imports'))
    expect(readFileSync(path.join(world.config.dataDir, 'imports', name), 'latin1')).not.to.include('Ada Okafor')
    expect(readdirSync(path.join(world.config.dataDir, 'uploads'))).to.deep.equal([])
  })

  it('gives its rows to fix back as a workbook, which is read without its Problem column', async () => {
    await choose(
      staff,
      await aWorkbook([
        ['Name', 'Email', 'Password', 'Username'],
        ['Ada', 'ada@', 'harbour-2026', 'ada'],
      ]),
    )
    await staff.press('Check the file')
    expect(staff.text).to.include('Download 1 row to fix (Excel)')
    const { body, headers } = await staff.download('Download 1 row to fix (Excel)')

    expect(headers.get('content-disposition')).to.match(/filename="rows-to-fix-\d+\.xlsx"/)
    const [headings, row] = await cellsOf(body)
    expect(headings).to.deep.equal(['Name', 'Email', 'Password', 'Username', 'Problem'])
    expect(row?.slice(0, 4)).to.deep.equal(['Ada', 'ada@', '', 'ada'])
    expect(row?.[4]).to.include('Email: Enter an email address').and.include('The password is left out here')
    await choose(staff, body, 'fixed.xlsx')
    expect(staff.$('select[id="column-4"] option[selected]').text()).to.equal('Do not import')
  })

  it('that was exported and is imported untouched changes nothing', async () => {
    const orders = await aPortal(world, 'Orders')
    const companyId = await aCompany(world, '@Acme')
    await aPortalUser(world, { name: 'Ada', portals: [orders, await aPortal(world, 'Documents')] })
    await aContact(world, '=HYPERLINK("https://evil.example")', {
      phone: '+44 20 7946 0001',
      notes: '-1\n"two"',
      reference: "'=1",
      companyId,
    })
    await aContact(world, '&amp; <b> _x0041_ 漢字', { phone: '0044', notes: "'", reference: '00012' })

    const { body } = await staff.download('/staff/contacts/export.xlsx')
    await choose(staff, body, 'contacts.xlsx')
    await staff.press('Check the file')

    expect(staff.facts()).to.include({ 'Rows read': '3', 'Already up to date': '3', 'With problems': '0' })
  })

  it('is exported with frozen headings and nothing but texts, and a line is left in the audit log', async () => {
    await aContact(world, '=1+1', { phone: '0044' })
    await staff.open('/staff/contacts/export')

    const file = await staff.download(`Download contacts-${new Date(world.now()).toISOString().slice(0, 10)}.xlsx`)

    expect(file.headers.get('content-type')).to.include('spreadsheetml')
    const sheet = await firstSheet(file.body)
    expect(sheet.views[0]).to.include({ state: 'frozen', ySplit: 1 })
    expect(sheet.getCell('B2').value).to.equal('=1+1')
    expect(sheet.getCell('F2')).to.include({ value: '0044', numFmt: '@' })
    expect(await world.db('audit_events').where({ action: 'contacts.exported' }).select('id')).to.have.length(1)
  })
})
