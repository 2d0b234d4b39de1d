import { expect } from 'chai'
import type ExcelJS from 'exceljs'
import { system } from '../../src/core/actors.ts'
import { roleIdsOf, setRoles } from '../../src/core/roles/holders.ts'
import { addRole, roles } from '../../src/core/roles/roles.ts'
import { requiredWord, SHEET_COLUMNS } from '../../src/core/imports/user-sheet.ts'
import type { Browser } from '../support/browser.ts'
import { aPortalUser } from '../support/people.ts'
import { aWorkbook, cellsOf, firstSheet } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const TOP = [
  SHEET_COLUMNS.map(column => column.heading),
  SHEET_COLUMNS.map(column => requiredWord(column.required)),
] as string[][]
const EXISTING = '/staff/portal-users/import/template.xlsx?existing=yes'

describe('The roles in the sheet of portal users', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await world.signedInStaff()
    for (const name of ['Buyer & Seller', 'Éditeur', 'Reader']) await aRole(name)
  })
  afterEach(() => world.end())

  async function aRole(name: string): Promise<number> {
    const nothing = { canInviteOthers: false, canViewDetails: false, canViewDocuments: false }
    const added = await addRole(world.db, system, { name, ...nothing }, world.now())
    return added.ok ? added.value : 0
  }

  async function give(portalUserId: number, ...names: string[]): Promise<void> {
    const roleIds = (await roles(world.db)).filter(role => names.includes(role.name)).map(role => role.id)
    await world.db.transaction(trx => setRoles(trx, [{ portalUserId, roleIds }]))
  }

  async function rolesOf(email: string): Promise<string[]> {
    const { id } = await world.db('portal_users').where({ email }).first<{ id: number }>('id')
    const held = (await roleIdsOf(world.db, [id])).get(id) ?? []
    return (await roles(world.db)).filter(role => held.includes(role.id)).map(role => role.name)
  }

  async function importing(content: Buffer): Promise<void> {
    await staff.open('/staff/portal-users/import')
    staff.attach('Choose File', 'users.xlsx', content)
    await staff.press('Request Import')
    await staff.press('OK')
  }

  async function importingRows(...rows: unknown[][]): Promise<void> {
    await importing(await aWorkbook([...TOP, ...rows]))
  }

  it('stand in the template: as a list to choose from that allows several, and in the comment', async () => {
    const { body } = await staff.download('/staff/portal-users/import/template.xlsx')

    const sheet = await firstSheet(body)
    expect(noteOf(sheet.getCell('D1'))).to.include('The roles: Buyer & Seller; Éditeur; Reader.')
    const rule = sheet.getCell('D5000').dataValidation
    expect(rule.formulae).to.deep.equal(['"Buyer & Seller,Éditeur,Reader,(clear)"'])
    expect(rule.showErrorMessage).not.to.equal(true)
  })

  it('stand in the comment only when a list cannot hold their names', async () => {
    await aRole('Sales, marketing')

    const { body } = await staff.download('/staff/portal-users/import/template.xlsx')

    const sheet = await firstSheet(body)
    expect(noteOf(sheet.getCell('D1'))).to.include('Reader; Sales, marketing.')
    expect(sheet.getCell('D3').dataValidation).to.equal(undefined)
  })

  it('are given to people new and known, whatever their capitals and accents', async () => {
    await aPortalUser(world, { name: 'Ada', email: 'ada@harbour.example' })

    await importingRows(
      ['Keep', 'Ada', 'ada@harbour.example', 'READER; editeur ;'],
      ['Full', 'Bea', 'bea@harbour.example', 'buyer & seller'],
      ['Full', 'Cal', 'cal@harbour.example', ''],
    )

    expect(staff.facts()).to.include({ Added: '2', Updated: '1' })
    expect(await rolesOf('ada@harbour.example')).to.deep.equal(['Éditeur', 'Reader'])
    expect(await rolesOf('bea@harbour.example')).to.deep.equal(['Buyer & Seller'])
    expect(await rolesOf('cal@harbour.example')).to.deep.equal([])
  })

  it('are replaced by what the cell names, kept by a blank cell, and taken away by (clear)', async () => {
    for (const name of ['Ada', 'Bea', 'Cal', 'Dee']) {
      const { id } = await aPortalUser(world, { name, email: `${name.toLowerCase()}@harbour.example` })
      if (name !== 'Dee') await give(id, 'Reader', 'Éditeur')
    }

    await importingRows(
      ['Keep', 'Ada', 'ada@harbour.example', 'Reader'],
      ['Keep', 'Bea', 'bea@harbour.example', ''],
      ['Keep', 'Cal', 'cal@harbour.example', ' (CLEAR) '],
      ['Keep', 'Dee', 'dee@harbour.example', '(clear)'],
    )

    expect(staff.facts()).to.include({ Updated: '2', 'Already up to date': '2' })
    expect(await rolesOf('ada@harbour.example')).to.deep.equal(['Reader'])
    expect(await rolesOf('bea@harbour.example')).to.deep.equal(['Éditeur', 'Reader'])
    expect(await rolesOf('cal@harbour.example')).to.deep.equal([])
  })

  it('come out with existing people, and change nothing when they come back untouched', async () => {
    const ada = await aPortalUser(world, { name: 'Ada' })
    await give(ada.id, 'Buyer & Seller', 'Reader')
    const { body } = await staff.download(EXISTING)
    expect((await cellsOf(body))[2]?.[3]).to.equal('Buyer & Seller; Reader')

    await importing(body)

    expect(staff.facts()).to.include({ Updated: '0', 'Already up to date': '1' })
  })

  it('are a mistake of the cell when there is no such role, which names it and the roles there are', async () => {
    await importingRows(
      ['Full', 'Ada', 'ada@harbour.example', 'Reader; Boss'],
      ['Full', 'Bea', 'bea@harbour.example', 'Reader; (clear)'],
    )

    expect(staff.h1).to.equal('Failed validation: 2 rows to fix')
    expect(staff.tableRows('with mistakes').map(([, , column, advice]) => [column, advice])).to.deep.equal([
      [
        'Roles',
        'There is no role called “Boss”. Use roles there are, such as “Buyer & Seller”, “Éditeur” and “Reader”, with a semicolon between several names.',
      ],
      [
        'Roles',
        'There is no role called “(clear)”. Use roles there are, such as “Buyer & Seller”, “Éditeur” and “Reader”, with a semicolon between several names.',
      ],
    ])
    expect(await world.db('portal_users').select('id')).to.deep.equal([])
  })
})

function noteOf({ note }: ExcelJS.Cell): string {
  return typeof note === 'string' ? note : (note?.texts ?? []).map(part => part.text).join('')
}
