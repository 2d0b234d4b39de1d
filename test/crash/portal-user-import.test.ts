import { expect } from 'chai'
import { setTimeout } from 'node:timers/promises'
import { system } from '../../src/core/actors.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { describeOn } from '../support/engine.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'
import { firstSheet } from '../support/workbooks.ts'

const ROWS = 8000
const LEASE_MS = 15_000
const TEMPLATE = '/staff/portal-users/import/template.xlsx'
const NOTHING_IN = ['portal_users', 'sign_in_names', 'portal_access', 'import_rows', 'notifications']

describeOn('postgres')('An import of portal users whose server is killed', function () {
  this.timeout(90_000)
  let server: RealServer
  beforeEach(async () => {
    server = await aRealServer()
  })
  afterEach(() => server.end())

  it('has done nothing by then, begins again after a restart, and every row is there once', async () => {
    const { db } = server
    await addPortal(db, system, 'Orders', Date.now())
    const staff = await server.signedInStaff()
    await staff.open('/staff/portal-users/import')
    staff.attach('Choose File', 'people.xlsx', await people((await staff.download(TEMPLATE)).body))
    await staff.press('Request Import')
    const pressed = staff.press('OK').catch(() => undefined)

    for (const [index, wait] of [100, 400].entries()) {
      await until(() => isTried(index + 1))
      await setTimeout(wait)
      await server.kill()
      await pressed
      expect(await db('imports').pluck('status')).to.deep.equal(['processing'])
      for (const table of NOTHING_IN) expect(await db(table), table).to.deep.equal([])
      await server.later(LEASE_MS)
      await server.start()
    }
    await until(async () => (await db('imports').where({ status: 'completed' })).length === 1)
    await staff.open(staff.path)

    expect(staff.facts()).to.deep.equal({ Added: '8,000', Updated: '0', 'Already up to date': '0' })
    for (const table of ['portal_users', 'portal_access']) expect((await db(table)).length, table).to.equal(ROWS)
    expect((await db('portal_users').distinct('email')).length).to.equal(ROWS)
    expect(await db('notifications').pluck('title')).to.deep.equal(['Portal users imported – people.xlsx'])
  })

  async function isTried(times: number): Promise<boolean> {
    const running = server.db('imports').where({ status: 'processing' })
    const jobs = server.db('jobs').where({ state: 'running', kind: 'import-portal-users', attempts: times })
    return (await running).length === 1 && (await jobs).length === 1
  }
})

/** The template with everybody filled in. */
async function people(template: Buffer): Promise<Buffer> {
  const sheet = await firstSheet(template)
  for (let index = 1; index <= ROWS; index += 1) {
    const number = String(index)
    sheet.getRow(index + 2).values = ['Full', `Person ${number}`, `person${number}@x.example`, '', '', 'Orders']
  }
  return Buffer.from(await sheet.workbook.xlsx.writeBuffer())
}
