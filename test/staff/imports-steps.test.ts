import { expect } from 'chai'
import type { Browser } from '../support/browser.ts'
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

  it('asks too while the same file is being imported by somebody else', async () => {
    const rosa = await checkedBy('Name\nAda\n')
    const other = await checkedBy('Name\nAda\n')
    world.deps.now = () => 0
    await rosa.press('Import 1 row')
    world.deps.now = world.now
    await other.press('Import 1 row')

    expect(other.status).to.equal(422)
    expect(other.text).to.include('This very file is being imported already, by Rosa Marsh')
  })

  it('lets only one of two people import the same file at the same moment', async () => {
    const both = [await checkedBy('Name\nAda\n'), await checkedBy('Name\nAda\n')]
    await Promise.all(both.map(staff => staff.press('Import 1 row')))

    expect(both.map(staff => staff.status).toSorted((a, b) => a - b)).to.deep.equal([200, 422])
    expect((await world.db('contacts')).length).to.equal(1)
  })

  it('shows the check once more when it says something else than what was seen', async () => {
    const staff = await checkedBy('Name,Email\nAda,ada@x.example\n')
    const page = staff.path
    await staff.click('Change the columns or what portals do')
    staff.fill('Where column Email goes', 'Do not import')
    await staff.press('Check the file')
    staff.back()
    staff.back()
    await staff.press('Import 1 row')

    expect(staff.status).to.equal(409)
    expect(staff.errors()).to.deep.equal([
      'This import was checked again since you looked. Look at what it would do now',
    ])
    expect((await world.db('contacts')).length).to.equal(0)
    await staff.press('Import 1 row')
    expect(staff.path).to.equal(page)
    expect(await world.db('contacts').select('name', 'email')).to.deep.equal([{ name: 'Ada', email: null }])
  })

  it('shows the last problems for a page far behind them', async () => {
    const staff = await checkedBy('Name,Email\nAda,a@\nBea,b@x.example\n')
    await staff.open(`${staff.path}?page=9999`)

    expect(staff.tableRows('with problems').map(([row]) => row)).to.deep.equal(['Row 2'])
  })

  it('tells a script that nobody is signed in', async () => {
    const staff = await checkedBy('Name\nAda\n')
    const stranger = world.browser()
    const { status } = await stranger.raw('GET', `${staff.path}/progress`, { headers: { accept: 'application/json' } })

    expect(status).to.equal(401)
  })

  async function checkedBy(content: string): Promise<Browser> {
    const staff = await world.signedInStaff()
    await choose(staff, content)
    await staff.press('Check the file')
    return staff
  }

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
    const remembered = world.db('audit_events').where({ action: 'import.columns-remembered' })
    expect(await remembered.pluck('data')).to.deep.equal(['{"columns":2,"fields":["name","email"]}'])

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
