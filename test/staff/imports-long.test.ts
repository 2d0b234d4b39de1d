import { expect } from 'chai'
import { checkImport } from '../../src/core/imports/check.ts'
import { importContacts } from '../../src/core/imports/run.ts'
import { createPasswords } from '../../src/core/passwords.ts'
import { claimJob } from '../../src/core/jobs/queue.ts'
import { Interrupted } from '../../src/core/jobs/worker.ts'
import { aPortal } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { mostRows } from '../support/most-rows.ts'
import { choose } from '../support/contact-files.ts'
import { aWorld, QUICK_PASSWORDS, type World } from '../support/world.ts'

describe('A long import', () => {
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    await aPortal(world, 'Orders')
    await aPortal(world, 'Documents')
    staff = await world.signedInStaff()
  })
  afterEach(() => world.end())

  it('of 1,000 people gives each of them the password and exactly the two portals', async () => {
    await checked(people(1000))
    await staff.press('Import 1,000 rows')
    await end()

    expect(staff.facts()).to.include({ 'Rows read': '1,000', 'Contacts added': '1,000', 'Not imported': '0' })
    expect(staff.text).to.include('1,000 temporary passwords set').and.include('2,000 portals added')
    const somebody = 1 + Math.floor(Math.random() * 1000)
    const [user] = (await world
      .db('portal_users')
      .where({ username: `person${String(somebody)}` })
      .select('id', 'password_hash')) as { id: number; password_hash: string }[]
    expect(await createPasswords(QUICK_PASSWORDS).matches(user?.password_hash ?? null, 'harbour-2026')).to.equal(true)
    const access = await world
      .db('portal_access')
      .whereNull('revoked_at')
      .where({ portal_user_id: user?.id })
      .count({ many: '*' })
    expect(Number(access[0]?.many)).to.equal(2)
    expect((await world.db('portal_access')).length).to.equal(2000)
  })

  it('says how far it is, without script and for script', async () => {
    await waiting(people(5))

    expect(staff.h1).to.equal('Importing contacts.csv')
    expect(staff.text).to.match(/0 of 5 rows done at \d{1,2}:\d\d[ap]m/)
    await staff.click('Update this page every 10 seconds')
    expect(staff.headers.get('refresh')).to.equal('10')
    await staff.click('Stop updating')
    expect(staff.headers.get('refresh')).to.equal(null)
    const { text } = await staff.raw('GET', `${staff.path}/progress`)
    expect(JSON.parse(text)).to.include({ done: 0, total: 5, finished: false, href: staff.path })
  })

  it('is checked again from the start when the process ends half-way through the check', async () => {
    holdTheQueue()
    await choose(staff, people(600))
    await staff.press('Check the file')
    const job = await claimJob(world.db, ['check-import'], world.now() + 1)
    if (!job) throw new Error('There is no job to take')
    const ending = new AbortController()
    const dying = { ...world.deps, now: () => (ending.abort(), world.now()) } // with the first rows that are kept
    const problem = await checkImport.run(job, dying, ending.signal).catch((error: unknown) => error)
    const half = await world.db('imports').first<{ status: string; total_rows: number }>('status', 'total_rows')
    await freed()
    await staff.open(page())

    expect(problem).to.be.instanceOf(Interrupted)
    expect(half).to.deep.equal({ status: 'validating', total_rows: 500 })
    expect(staff.text).to.include('Import 600 rows')
    expect(await world.db('imports').pluck('total_rows')).to.deep.equal([600])
  })

  it('can be stopped before it begins, and then nothing is done', async () => {
    await waiting(people(5))
    await staff.press('Stop after the current rows')

    expect(staff.text).to.include('Nothing was imported')
    await freed()
    expect((await world.db('contacts')).length).to.equal(0)
  })

  it('keeps what is done when it is stopped half-way, and its mails wait for a word', async () => {
    await checked(people(2500))
    staff.tick('Email each person their username and temporary password when the import has finished')
    holdTheQueue()
    await staff.press('Import 2,500 rows')
    await halfWay()
    await staff.press('Stop after the current rows')

    expect(staff.h1).to.equal('The import was stopped')
    expect(staff.text).to.include('1,000 rows of 2,500 had been done')
    expect(staff.text).to.include('Delete rows 2 to 1,001 from your file')
    expect(staff.facts()).to.include({ 'Rows read': '2,500', 'Contacts added': '1,000', 'Not imported': '1,500' })
    expect((await world.db('contacts')).length).to.equal(1000)
    expect(await statuses()).to.deep.equal(['held'])
    await staff.press('Send sign-in details to 1,000 people')
    expect(await statuses()).to.deep.equal(['queued'])
  })

  it('goes on behind the last row that is done, and does every row once', async () => {
    await checked(people(2500))
    holdTheQueue()
    await staff.press('Import 2,500 rows')
    await halfWay()
    await freed()
    await end()

    expect(staff.facts()).to.include({ 'Rows read': '2,500', 'Contacts added': '2,500', 'Not imported': '0' })
    expect((await world.db('contacts')).length).to.equal(2500)
  })

  it('knows what rows far above have said', async () => {
    const far = ['Ann,Person1@X.example,,,', 'Bob,bob@x.example,PERSON2,harbour-2026,', 'Cy,cy@x.example,,,']
    await checked([people(1100), ...far].join('\n'))

    expect(staff.facts()).to.include({ 'Rows read': '1,103', 'With problems': '2' })
    expect(staff.text).to.include('Row 2 is about the same contact').and.include('Row 3 is about the same contact')
  })

  it('counts a new company once, however far apart it is named', async () => {
    const rows = Array.from({ length: 1100 }, (_, index) => `Person ${String(index)},Firm ${String(index % 700)}`)
    await checked(['Name,Company', ...rows].join('\n'))

    expect(staff.text).to.include('700 companies')
  })

  it('holds five hundred rows at a time, with two names and two portals each', async () => {
    const most = mostRows(world)
    await checked(people(1600))
    await staff.press('Import 1,600 rows')
    await end()

    expect(staff.facts()).to.include({ 'Contacts added': '1,600' })
    expect(most.written).to.equal(1000)
    expect(most.read).to.be.at.most(1000)
  })

  it('waits until the one before has finished', async () => {
    await waiting(people(5))
    const first = staff.path
    await world.db('imports').update({ status: 'processing' })
    await world.db('jobs').delete()
    world.deps.now = world.now
    await checked('Name,Email\nZoe,zoe@x.example\n')
    await staff.press('Import 1 row')

    expect(staff.text).to.include('It begins as soon as another import has finished')
    await world
      .db('imports')
      .where({ id: Number(first.split('/').at(-1)) })
      .update({ status: 'failed' })
    await end()
    expect(staff.h1).to.equal('Import finished')
  })

  it('ends when whoever started it may not import any more', async () => {
    await waiting(people(5))
    await world.db('staff_users').update({ role: 'viewer' })
    await freed()

    const [row] = (await world.db('imports').select('status', 'error')) as { status: string; error: string }[]
    expect(row).to.deep.equal({ status: 'failed', error: '{"code":"not-allowed"}' })
    expect((await world.db('contacts')).length).to.equal(0)
  })

  async function checked(content: string): Promise<void> {
    await choose(staff, content)
    await staff.press('Check the file')
    while (staff.h1.startsWith('Checking')) await staff.open(`${page()}?look=again`)
  }

  /** An import whose job nobody takes, as if all workers were busy. */
  async function waiting(content: string): Promise<void> {
    await checked(content)
    holdTheQueue()
    await staff.press('Import')
  }

  /** For background work it is so early that no job is due, until `freed`. */
  function holdTheQueue(): void {
    world.deps.now = () => 0
  }

  async function freed(): Promise<void> {
    world.deps.now = world.now
    await world.db('jobs').whereNot({ state: 'done' }).update({ run_at: 0, lease_until: 0 })
    for (let waited = 0; waited < 200; waited += 1) {
      if ((await world.db('jobs').whereIn('state', ['queued', 'running'])).length === 0) return
      await new Promise(resolve => setTimeout(resolve, 25))
    }
  }

  /** Runs the import in a process that is gone after the first thousand rows. */
  async function halfWay(): Promise<void> {
    const job = await claimJob(world.db, ['import-contacts'], world.now() + 1)
    if (!job) throw new Error('There is no job to take')
    const passwords = { ...world.deps.passwords, hash: once(world.deps.passwords.hash) }
    const dying = { ...world.deps, now: world.now, passwords }
    await importContacts.run(job, dying, new AbortController().signal).catch(() => undefined)
    await staff.open(page())
  }

  async function end(): Promise<void> {
    for (let looked = 0; looked < 20 && staff.h1.startsWith('Importing'); looked += 1)
      await staff.open(`${page()}?look=again`)
  }

  async function statuses(): Promise<string[]> {
    return world.db('emails').distinct('status').pluck('status')
  }

  function page(): string {
    return staff.path.split('?')[0] ?? ''
  }
})

/** Works once and then breaks, as a process does that is killed. */
function once(hash: (password: string) => Promise<string>): (password: string) => Promise<string> {
  let used = false
  return async password => {
    if (used) throw new Error('killed')
    used = true
    return hash(password)
  }
}

function people(many: number): string {
  const rows = Array.from({ length: many }, (_, index) => {
    const number = String(index + 1)
    const password = index < 1000 ? 'harbour-2026' : 'harbour-2027'
    return `Person ${number},person${number}@x.example,person${number},${password},Orders;Documents`
  })
  return ['Name,Email,Username,Password,Portals', ...rows].join('\n')
}
