import { expect } from 'chai'
import { choose } from '../support/contact-files.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The steps of an import', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('lands on the same import when the form is sent twice', async () => {
    const staff = await world.signedInStaff()
    await choose(staff, 'Name\nAda\n')
    const first = staff.path
    staff.back()
    staff.attach('Choose File', 'contacts.csv', 'Name\nAda\n')
    await staff.press('Import')

    expect(staff.path).to.equal(first)
    expect((await world.db('imports')).length).to.equal(1)
  })

  it('imports once when the last button is pressed twice', async () => {
    const staff = await world.signedInStaff()
    await choose(staff, 'Name\nAda\n')
    await staff.press('Check the file')
    await staff.press('Import 1 row')
    staff.back()
    await staff.press('Import 1 row')

    expect(staff.h1).to.equal('Import finished')
    expect((await world.db('contacts')).length).to.equal(1)
  })

  it('asks again before the same file is imported a second time', async () => {
    const staff = await world.signedInStaff()
    for (let time = 1; time <= 2; time += 1) {
      await choose(staff, 'Name,Email\nAda,ada@x.example\n')
      await staff.press('Check the file')
      await staff.press('Import 1 row')
    }
    expect(staff.status).to.equal(422)
    expect(staff.text).to.include('This very file was imported before by Rosa Marsh')
    staff.tick('Import it again')
    await staff.press('Import 1 row')
    expect(staff.facts()).to.include({ 'Already up to date': '1' })
  })

  it('keeps a manager to their own imports, and lets an administrator see all', async () => {
    const rosa = await world.signedInStaff()
    await choose(rosa, 'Name\nAda\n')
    await rosa.press('Check the file')
    const other = await world.signedInStaff()
    const admin = await world.signedInStaff('admin')

    await other.open(rosa.path)
    expect(other.status).to.equal(404)
    await other.open('/staff/imports')
    expect(other.text).to.include('Nothing has been imported yet')
    for (const act of ['confirm', 'cancel', 'columns', 'details']) {
      await other.post(`${rosa.path}/${act}`, {})
      expect(other.status).to.equal(403)
    }
    expect((await other.raw('GET', `${rosa.path}/rows-to-fix.csv`)).status).to.equal(404)
    await admin.open('/staff/imports')
    expect(admin.text).to.include('contacts.csv')
    await admin.open(rosa.path)
    expect(admin.h1).to.equal('Check 1 row before importing')
  })

  it('remembers where columns went', async () => {
    const staff = await world.signedInStaff()
    await choose(staff, 'Who,Post\nAda,ada@x.example\n')
    expect(staff.errors()).to.deep.equal(['Choose the column that holds the Name of each contact'])
    staff.fill('Where column Who goes', 'Name')
    staff.fill('Where column Post goes', 'Email')
    await staff.press('Check the file')
    await staff.press('Cancel this import')
    expect(staff.text).to.include('Nothing was imported')

    await choose(staff, 'who,POST\nBea,bea@x.example\n')
    expect(staff.errors()).to.deep.equal([])
    await staff.press('Check the file')
    expect(staff.h1).to.equal('Check 1 row before importing')
  })

  it('names both columns when two go into one field', async () => {
    const staff = await world.signedInStaff()
    await choose(staff, 'Name,Email,E-mail address\nAda,ada@x.example,b@x.example\n')

    expect(staff.errors()).to.deep.equal([
      '2 columns go into Email: B “Email” and C “E-mail address”. Choose one of them',
    ])
  })
})
