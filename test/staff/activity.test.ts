import { expect } from 'chai'
import { parse } from 'csv-parse/sync'
import { system } from '../../src/core/actors.ts'
import { record } from '../../src/core/audit/record.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import { startOfDay } from '../../src/web/shared/day.ts'
import type { Browser } from '../support/browser.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The activity log', () => {
  let world: World
  let admin: Browser
  beforeEach(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
  })
  afterEach(() => world.end())

  it('is for administrators only', async () => {
    const manager = await world.signedInStaff('manager')

    for (const page of ['/staff/activity', '/staff/activity/export.csv']) {
      await manager.open(page)
      expect(manager.status).to.equal(403)
    }
  })

  it('says when, who, what, to what and from where, the newest first', async () => {
    await admin.open('/staff/portals')
    admin.fill('Name', 'Orders <b>')
    await admin.press('Add portal')

    await admin.click('Settings')
    await admin.click('Activity: who did what')

    expect(admin.tableRows()[0]?.slice(1, 4)).to.deep.equal([
      'Rosa Marsh 1',
      'Added a portal',
      'Portal: Orders <b>, number 1',
    ])
    expect(admin.tableRows()[0]?.[4]).to.match(/^[\da-f.:]+$/)
    expect(admin.tableRows().at(-1)?.slice(1)).to.deep.equal([
      'Portico',
      'Added somebody to the team',
      'Team: Rosa Marsh 1, number 1',
      'Not known',
    ])
    await admin.click('Portal: Orders <b>, number 1')
    expect(admin.path).to.equal('/staff/portals/1')
  })

  it('is filtered by person, by action and by text, signs taken as they stand', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    await signInToPortal(world.browser(), 'ada.okafor', OWN_PASSWORD)
    const rosa = await staffById(world.db, 1)
    if (rosa) await addPortal(world.db, rosa, '100% Wool', world.now())

    expect(await found('?who=portal_user')).to.deep.equal(['Signed in to the client portal'])
    expect(await found('?who=staff:1&action=portal.added')).to.deep.equal(['Added a portal'])
    expect(await found('?q=OKAFOR')).to.deep.equal(['Signed in to the client portal'])
    expect(await found('?q=0%25+w')).to.deep.equal(['Added a portal'])
    expect(await found('?q=1_0')).to.deep.equal([])
    expect(admin.text).to.include('Nothing in the log matches.')
    expect(await found('?who=system;drop')).to.have.length.above(2)
  })

  it('is filtered by days of the office, the last one included', async () => {
    for (const at of ['2026-03-28T23:59:59Z', '2026-03-29T00:00:00Z', '2026-03-29T22:59:59Z', '2026-03-29T23:00:00Z'])
      await record(world.db, system, 'import.finished', null, { at }, Date.parse(at))

    expect(await found('?from=2026-03-29&to=2026-03-29')).to.have.length(2)
    expect(await found('?from=2026-03-28&to=2026-03-28')).to.have.length(1)
    await admin.open('/staff/activity?from=2026-02-30&to=soon')
    expect(admin.status).to.equal(422)
    expect(admin.errors()).to.have.length(2)
    await admin.open('/staff/activity?from=2026-03-29&to=2026-03-28')
    expect(admin.errors()).to.deep.equal(['Enter a last day that is not before the first'])
  })

  it('is paged', async () => {
    for (let n = 0; n < 60; n += 1) await record(world.db, system, 'import.finished', null, { n }, world.now())

    await admin.open('/staff/activity?action=import.finished&page=3')
    expect(admin.tableRows()).to.have.length(10)
    await admin.click('Previous page of the log')

    expect(admin.path).to.equal('/staff/activity?action=import.finished&page=2')
    await admin.open('/staff/activity?action=import.finished&page=9')
    expect(admin.path).to.equal('/staff/activity?action=import.finished')
  })

  it('is exported as filtered, with no cell a spreadsheet would run, and says so in the log', async () => {
    const rosa = await staffById(world.db, 1)
    if (rosa) for (const name of ['=1+1', 'Plain']) await addPortal(world.db, rosa, name, world.now())
    await admin.open('/staff/activity?action=portal.added')
    const link = admin.$('a[href*="export.csv"]').attr('href') ?? ''

    const reply = await admin.raw('GET', link)
    const rows = parse(reply.text, { bom: true })

    expect(reply.headers.get('content-disposition')).to.match(/^attachment; filename="activity-[\d-]+\.csv"$/)
    expect(rows.map(row => [row[1], row[3], row[4]])).to.deep.equal([
      ['Who', 'Action', 'To what'],
      ['Rosa Marsh 1', 'portal.added', 'Portal: Plain'],
      ['Rosa Marsh 1', 'portal.added', 'Portal: =1+1'],
    ])
    expect(await found('?action=activity.exported')).to.deep.equal(['Exported the activity log'])
  })

  async function found(query: string): Promise<string[]> {
    await admin.open(`/staff/activity${query}`)
    return admin.tableRows().map(row => row[2] ?? '')
  }
})

describe('The start of a day', () => {
  for (const [day, zone, later, start] of [
    ['2026-03-29', 'Europe/London', 0, '2026-03-29T00:00:00.000Z'],
    ['2026-03-29', 'Europe/London', 1, '2026-03-29T23:00:00.000Z'],
    ['2026-10-25', 'Europe/London', 1, '2026-10-26T00:00:00.000Z'],
    ['2026-07-01', 'Asia/Kolkata', 0, '2026-06-30T18:30:00.000Z'],
    ['2026-12-31', 'America/New_York', 1, '2027-01-01T05:00:00.000Z'],
  ] as const) {
    it(`is ${start} for ${day} and ${String(later)} days in ${zone}`, () => {
      expect(new Date(startOfDay(day, zone, later) ?? 0).toISOString()).to.equal(start)
    })
  }

  it('is none for what is no day', () => {
    for (const day of ['', 'soon', '2026-02-30', '26-01-01', '2026-1-1'])
      expect(startOfDay(day, 'UTC'), day).to.equal(null)
  })
})
