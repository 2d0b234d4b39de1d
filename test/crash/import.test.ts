import { expect } from 'chai'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { describeOn } from '../support/engine.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'

const ROWS = 8000

describeOn('sqlite')('An import whose server is killed', function () {
  this.timeout(90_000)
  let server: RealServer
  beforeEach(async () => {
    server = await aRealServer()
  })
  afterEach(() => server.end())

  it('goes on after a restart, and every row is there once', async () => {
    const { db } = server
    await addPortal(db, system, 'Orders', Date.now())
    const staff = await server.signedInStaff()
    await choose(staff, people())
    await staff.press('Check the file')
    await checked(staff)
    const pressed = staff.press('Import 8,000 rows').catch(() => undefined)
    await until(async () => (await lastRow()) > 1)
    await server.kill()
    await pressed
    const reached = await lastRow()
    expect(reached).to.be.within(2, ROWS)
    expect((await db('contacts')).length).to.equal(reached - 1)

    await server.start()
    await until(async () => (await db('imports').where({ status: 'completed' })).length === 1)
    await staff.open(staff.path)

    expect(staff.facts()).to.include({
      'Rows read': '8,000',
      'Contacts added': '8,000',
      'Already up to date': '0',
      'Not imported': '0',
    })
    for (const table of ['contacts', 'portal_users', 'portal_access']) expect((await db(table)).length).to.equal(ROWS)
    expect((await db('contacts').distinct('email')).length).to.equal(ROWS)
  })

  async function lastRow(): Promise<number> {
    const row = await server
      .db('imports')
      .where({ status: 'processing' })
      .first<{ next_row: number } | undefined>('next_row')
    return row?.next_row ?? 0
  }
})

async function checked(staff: Browser): Promise<void> {
  while (staff.h1.startsWith('Checking')) await staff.open(`${staff.path.split('?')[0] ?? ''}?look=again`)
}

function people(): string {
  const rows = Array.from({ length: ROWS }, (_, index) => {
    const number = String(index + 1)
    return `Person ${number},person${number}@x.example,person${number},harbour-2026,Orders`
  })
  return ['Name,Email,Username,Password,Portals', ...rows].join('\n')
}
