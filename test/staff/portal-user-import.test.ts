import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import type ExcelJS from 'exceljs'
import type { Browser } from '../support/browser.ts'
import { aCompany, aPortal, aPortalUser } from '../support/people.ts'
import { aWorkbook, cellsOf, firstSheet } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const TOP = [
  ['Access Level', 'Name', 'Email', 'Roles', 'Company', 'Portals', 'ID', 'Check'],
  ['Required', 'Required', 'Required', 'Optional', 'Optional', 'Optional', 'Optional', 'Optional'],
]

describe('Importing portal users', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('is not for strangers or viewers', async () => {
    const stranger = world.browser()
    await stranger.open('/staff/portal-users/import')
    expect(stranger.path).to.include('/staff/sign-in')

    const viewer = await world.signedInStaff('viewer')
    await viewer.open('/staff/portal-users/import')
    expect(viewer.status).to.equal(403)
    const template = '/staff/portal-users/import/template.xlsx'
    expect((await viewer.raw('GET', `${template}?existing=yes`)).status).to.equal(403)
    expect((await viewer.raw('GET', template)).status, 'a blank template').to.equal(200)
  })

  it('begins with a template: headings, what is required, a list to choose from, comments, and nobody in it', async () => {
    await staff.open('/staff/portal-users/import')
    expect(staff.text).to.include('Step 3 – Upload Template').and.include('Include existing portal users in the sheet')

    const { body } = await staff.download('/staff/portal-users/import/template.xlsx')

    const sheet = await firstSheet(body)
    expect(await cellsOf(body)).to.deep.equal(TOP)
    expect(sheet.getCell('A4').dataValidation).to.include({ type: 'list' })
    expect(sheet.getCell('A5000').dataValidation.formulae).to.deep.equal(['"Full,Standard,Read only,Keep"'])
    expect(noteOf(sheet.getCell('C1'))).to.include('One address is one person')
    expect(noteOf(sheet.getCell('D1'))).to.include('There are no roles yet')
    expect(sheet.getCell('D3').dataValidation).to.equal(undefined)
    expect(sheet.views[0]).to.include({ state: 'frozen', ySplit: 2 })
  })

  it('adds people from the third row on after OK, tells who asked, and keeps no file', async () => {
    const [orders, documents] = [await aPortal(world, 'Orders'), await aPortal(world, 'Documents')]
    await aCompany(world, 'Acme')
    await upload([
      ['Full', 'Ada Okafor', 'Ada@Harbour.example', '', 'ACME', 'orders'],
      ['Read only', 'Bea Lund', 'bea@harbour.example', '', '', 'Documents'],
    ])
    expect(staff.h1).to.equal('Import 2 rows of portal users?')
    expect(await world.db('portal_users').select('id')).to.deep.equal([])

    await staff.press('OK')

    expect(staff.h1).to.equal('Portal users imported')
    expect(staff.facts()).to.include({ Added: '2', Updated: '0' })
    expect(await world.db('portal_users').orderBy('id').select('name', 'email', 'username')).to.deep.equal([
      { name: 'Ada Okafor', email: 'Ada@Harbour.example', username: 'Ada@Harbour.example' },
      { name: 'Bea Lund', email: 'bea@harbour.example', username: 'bea@harbour.example' },
    ])
    expect(await world.db('portal_access').orderBy('id').select('portal_id', 'access_level', 'source')).to.deep.equal([
      { portal_id: orders.id, access_level: 'full', source: 'import' },
      { portal_id: documents.id, access_level: 'read_only', source: 'import' },
    ])
    expect(await world.db('notifications').pluck('title')).to.deep.equal(['Portal users imported – users.xlsx'])
    expect(readdirSync(path.join(world.config.dataDir, 'imports'))).to.deep.equal([])
  })

  it('changes nothing when the sheet of existing people comes back untouched, and updates by ID', async () => {
    const orders = await aPortal(world, 'Orders')
    const ada = await aPortalUser(world, { name: 'Ada', portals: [orders, await aPortal(world, 'Documents')] })
    await aPortalUser(world, { name: '=Bea _x0041_ &amp;', username: 'bea', email: 'bea@customer.example' })
    const { body } = await staff.download('/staff/portal-users/import/template.xlsx?existing=yes')
    const [, , row = []] = await cellsOf(body)
    expect(row.slice(0, 6)).to.deep.equal(['Standard', 'Ada', 'ada@customer.example', '', '', 'Orders; Documents'])

    await choose(body)
    await staff.press('OK')
    expect(staff.facts()).to.include({ Added: '0', Updated: '0', 'Already up to date': '2' })

    await upload([['Read only', 'Ada Okafor', ...row.slice(2)]])
    await staff.press('OK')
    expect(staff.facts()).to.include({ Updated: '1' })
    expect(await world.db('portal_users').where({ id: ada.id }).pluck('name')).to.deep.equal(['Ada Okafor'])
    expect(await world.db('portal_access').pluck('access_level')).to.deep.equal(['read_only', 'read_only'])

    await upload([['Full', 'Ada Again', ...row.slice(2)]])
    await staff.press('OK')
    expect(staff.text).to.include('Somebody changed this person after the sheet was downloaded')
  })

  it('writes down who imported whom', async () => {
    const [ada, bea] = [await aPortalUser(world, { name: 'Ada' }), await aPortalUser(world, { name: 'Bea' })]
    await upload([
      ['Keep', 'Ada Okafor', ada.email],
      ['Keep', 'Bea', bea.email],
      ['Full', 'Cal', 'cal@harbour.example'],
      ['Full', 'Dee', 'dee@harbour.example'],
    ])

    await staff.press('OK')

    const line = await world.db('audit_events').where({ action: 'import.rows-written' }).first<Record<string, string>>()
    const ids = { addedIds: `${String(bea.id + 1)}-${String(bea.id + 2)}`, changedIds: String(ada.id) }
    expect(line).to.include({ actor_type: 'staff', actor_id: 1, subject_type: 'import' })
    expect(JSON.parse(line.data ?? '')).to.deep.equal({ rows: '3-6', ...ids, created: 2, updated: 1, unchanged: 1 })
  })

  it('imports nothing when one cell is wrong, and gives the sheet back with the mistakes marked', async () => {
    await upload([
      ['Full', 'Ada Okafor', 'ada@harbour.example'],
      ['Boss', '', 'bea@', 'Buyer', 'Nowhere', 'Orders', 99],
    ])
    await staff.press('OK')

    expect(staff.h1).to.equal('Failed validation: 1 row to fix')
    expect(await world.db('portal_users').select('id')).to.deep.equal([])
    expect(await world.db('notifications').pluck('title')).to.deep.equal([
      'Failed validation: no portal user was imported – users.xlsx',
    ])
    const { body } = await staff.download('Download the sheet with its mistakes marked')
    const sheet = await firstSheet(body)
    const [headings, , good, bad] = await cellsOf(body)
    expect(headings?.[8]).to.equal('Problem')
    expect(good?.[8]).to.equal('')
    expect(bad?.[8]).to.include('Choose Full').and.include('Fill in this cell').and.include('no portal called “Orders”')
    expect(noteOf(sheet.getCell('C4'))).to.include('Enter an email address')
    expect(sheet.getCell('C4').fill).to.include({ pattern: 'solid' })
    expect(sheet.getCell('C3').fill).not.to.include({ pattern: 'solid' })

    await choose(
      await aWorkbook([
        ...TOP.map((row, index) => [...row, index === 0 ? 'Problem' : '']),
        good ?? [],
        [],
        ['', '', '', '', '', '', '', '', 'Old words'],
      ]),
    )
    await staff.press('OK')
    expect(staff.facts()).to.include({ Added: '1' })
  })

  it('refuses changed headings by the name of their cell, and files that are no template', async () => {
    for (const [content, message] of [
      [
        await aWorkbook([['Access Level', 'Name', 'E-mail'], [], ['Full', 'Ada', 'a@b.example']]),
        'C1 should be “Email”, and is “E-mail”. Use the template with its two top rows as they were downloaded',
      ],
      [
        await aWorkbook([TOP[0] ?? [], ['Full', 'Ada', 'a@b.example']]),
        'A2 should be “Required”, and is “Full”. Use the template with its two top rows as they were downloaded',
      ],
      [await aWorkbook(TOP), 'The selected file has nothing from the third row on'],
      ['Name,Email\n', 'The selected file must be an Excel workbook (.xlsx)'],
    ] as [Buffer | string, string][]) {
      await choose(content)
      expect(staff.status).to.equal(422)
      expect(staff.errors()).to.deep.equal([message])
    }
    expect(await world.db('imports').select('id')).to.deep.equal([])
    expect(readdirSync(path.join(world.config.dataDir, 'imports'))).to.deep.equal([])
  })

  it('refuses the same address twice, somebody else’s ID, and a new address for somebody who has one', async () => {
    const ada = await aPortalUser(world, { name: 'Ada' })
    await upload([
      ['Full', 'Cal', 'cal@harbour.example'],
      ['Full', 'Cal Two', 'CAL@harbour.example'],
      ['Full', 'Ada', 'new@harbour.example', '', '', '', ada.id],
      ['Keep', 'Dee', 'dee@harbour.example'],
    ])
    await staff.press('OK')

    expect(
      staff.tableRows('with mistakes').map(([row, , column, advice]) => [row, column, advice?.slice(0, 30)]),
    ).to.deep.equal([
      ['Row 4', 'Email', 'Row 3 has the same address. Ke'],
      ['Row 5', 'Email', 'This person signs in with ada@'],
      ['Row 6', 'Access Level', 'Choose Full, Standard or Read '],
    ])
  })

  it('does nothing after Cancel, and nothing twice', async () => {
    await upload([['Full', 'Ada', 'ada@harbour.example']])
    const address = staff.path
    await staff.press('Cancel')
    expect(staff.text).to.include('The import of users.xlsx was cancelled. Nothing was imported.')

    await staff.post(`${address}/confirm`, {})

    expect(staff.h1).to.equal('The import was cancelled')
    expect(await world.db('portal_users').select('id')).to.deep.equal([])
    expect(readdirSync(path.join(world.config.dataDir, 'imports'))).to.deep.equal([])
  })

  async function upload(rows: unknown[][]): Promise<void> {
    await choose(await aWorkbook([...TOP, ...rows]))
  }

  async function choose(content: Buffer | string): Promise<void> {
    await staff.open('/staff/portal-users/import')
    staff.attach('Choose File', 'users.xlsx', content)
    await staff.press('Request Import')
  }
})

function noteOf({ note }: ExcelJS.Cell): string {
  return typeof note === 'string' ? note : (note?.texts ?? []).map(part => part.text).join('')
}
