import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { launchChromium } from '../support/chromium.ts'
import { describeOn } from '../support/engine.ts'
import { libreOfficePath, NO_LIBREOFFICE, typedByLibreOffice } from '../support/libreoffice.ts'
import { aCompany, aPortal } from '../support/people.ts'
import { cellsOf, firstSheet } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const XLSX = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'

/** What somebody types from the third row on: every one of these would be another value in a cell that is not text. */
const TYPED = {
  A3: 'Full',
  B3: '00420',
  C3: 'ada@harbour.example',
  E3: '007',
  F3: 'Orders; 1/2',
  A4: 'Read only',
  B4: '=Zoë & Söhne',
  C4: 'zoe@harbour.example',
  F4: '1/2',
}

// A spreadsheet program knows nothing of databases: once is enough.
describeOn('sqlite')('A template that LibreOffice fills in and saves', function () {
  this.timeout(120_000)
  let libreOffice = ''
  let world: World
  let browser: Browser | undefined
  let context: BrowserContext
  let page: Page
  before(async function () {
    libreOffice = libreOfficePath() ?? ''
    if (libreOffice === '') {
      console.warn(NO_LIBREOFFICE)
      this.skip()
    }
    browser = await launchChromium()
  })
  after(() => browser?.close())
  beforeEach(async () => {
    world = await aWorld()
    context = await (browser as Browser).newContext({ javaScriptEnabled: false, baseURL: world.base })
    page = await context.newPage()
    const staff = await world.aStaff('Rosa Marsh')
    await page.goto('/staff/portal-users/import')
    await page.getByLabel('Email address').fill(staff.email)
    await page.getByLabel('Password', { exact: true }).fill(staff.password)
    await press('Sign in')
  })
  afterEach(async () => {
    await context.close()
    await world.end()
  })

  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click()

  it('imports, and is the same sheet with the same texts in it', async () => {
    await aPortal(world, 'Orders')
    await aPortal(world, '1/2')
    await aCompany(world, '007')

    const filled = await typedByLibreOffice(libreOffice, await template(), TYPED)
    await isStillTheTemplate(filled)
    await page.getByLabel('Choose File').setInputFiles({ name: 'people.xlsx', mimeType: XLSX, buffer: filled })
    await press('Request Import')
    await press('OK')

    expect(await page.getByRole('heading', { level: 1 }).textContent()).to.equal('Portal users imported')
    const users = world.db('portal_users').leftJoin('companies', 'companies.id', 'portal_users.company_id')
    expect(
      await users
        .orderBy('portal_users.id')
        .select('portal_users.name', 'portal_users.email', 'companies.name as company'),
    ).to.deep.equal([
      { name: '00420', email: 'ada@harbour.example', company: '007' },
      { name: '=Zoë & Söhne', email: 'zoe@harbour.example', company: null },
    ])
    expect(await accessGiven()).to.deep.equal(['00420: Orders full', '00420: 1/2 full', '=Zoë & Söhne: 1/2 read_only'])
  })

  it('comes back with everybody in it and nothing changed', async () => {
    await aPortal(world, 'Orders')
    const added = await typedByLibreOffice(libreOffice, await template(), { ...TYPED, E3: '', F3: 'Orders', F4: '' })
    await upload(added)
    await page.goto('/staff/portal-users/import')
    await page.getByLabel('Include existing portal users in the sheet').check()
    const sheet = await template()

    await upload(await typedByLibreOffice(libreOffice, sheet, { B4: 'Zoë Söhne' }))

    expect((await cellsOf(sheet))[3]?.[1]).to.equal('=Zoë & Söhne')
    expect(await page.textContent('dl.facts')).to.match(/Added\s*0\s*Updated\s*1\s*Already up to date\s*1/)
    expect(await world.db('portal_users').orderBy('id').pluck('name')).to.deep.equal(['00420', 'Zoë Söhne'])
  })

  async function template(): Promise<Buffer> {
    const coming = page.waitForEvent('download')
    await press('Download Template')
    return readFileSync(await (await coming).path())
  }

  async function upload(content: Buffer): Promise<void> {
    await page.goto('/staff/portal-users/import')
    await page.getByLabel('Choose File').setInputFiles({ name: 'people.xlsx', mimeType: XLSX, buffer: content })
    await press('Request Import')
    await press('OK')
  }

  async function accessGiven(): Promise<string[]> {
    const rows = await world
      .db('portal_access')
      .join('portal_users', 'portal_users.id', 'portal_access.portal_user_id')
      .join('portals', 'portals.id', 'portal_access.portal_id')
      .orderBy('portal_access.portal_user_id')
      .orderBy('portal_access.portal_id')
      .select<{ name: string; portal: string; level: string }[]>(
        'portal_users.name',
        'portals.name as portal',
        'access_level as level',
      )
    return rows.map(row => `${row.name}: ${row.portal} ${row.level}`)
  }
})

/** Headings, markers, comments, text cells and the drop-down list are there as they were. */
async function isStillTheTemplate(file: Buffer): Promise<void> {
  const [headings, markers] = await cellsOf(file)
  const sheet = await firstSheet(file)
  expect(headings?.slice(0, 3)).to.deep.equal(['Access Level', 'Name', 'Email'])
  expect(markers?.slice(0, 4)).to.deep.equal(['Required', 'Required', 'Required', 'Optional'])
  expect(JSON.stringify(sheet.getCell('C1').note)).to.include('One address is one person')
  expect(sheet.getCell('B3').numFmt).to.equal('@')
  expect(sheet.getCell('B3').value).to.equal('00420')
  for (const cell of ['A3', 'A4', 'A500']) {
    const { type, formulae } = sheet.getCell(cell).dataValidation
    expect([type, formulae[0]], cell).to.deep.equal(['list', '"Full,Standard,Read only,Keep"'])
  }
}
