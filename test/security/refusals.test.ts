import { expect } from 'chai'
import { VISITOR_LINES_AN_HOUR } from '../../src/core/audit/refusals.ts'
import type { Browser } from '../support/browser.ts'
import { aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const HOUR_MS = 3_600_000
const ELSEWHERE = { 'sec-fetch-site': 'cross-site', 'content-type': 'application/x-www-form-urlencoded' }
const HERE = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/x-www-form-urlencoded' }

interface Line {
  actor_type: string
  action: string
  subject_type: string | null
  ip: string | null
  data: string
}

describe('A refusal in the activity log', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  const lines = (like: string): Promise<Line[]> =>
    world.db('audit_events').where('action', 'like', like).orderBy('id').select<Line[]>()
  const forge = (page: string): ReturnType<Browser['raw']> =>
    world.browser().raw('POST', `/staff/${page}`, { headers: ELSEWHERE, body: 'name=Forged' })

  async function fill(budget: string): Promise<void> {
    const row = { key: `${budget}:all`, points: VISITOR_LINES_AN_HOUR, expire: Date.now() + HOUR_MS }
    await world.db('rate_limits').insert(row).onConflict('key').merge()
  }

  it('is told in plain words, by whom and where, and can be looked for', async () => {
    const viewer = await world.signedInStaff('viewer')
    const admin = await world.signedInStaff('admin')
    await viewer.open('/staff/contacts/1/change?q=nobody-knows')
    await world.browser().raw('POST', '/staff/portals', { headers: ELSEWHERE, body: 'name=Forged' })

    await admin.open('/staff/activity?who=visitor')
    expect(admin.tableRows().map(row => row.slice(1, 4))).to.deep.equal([
      [
        'Somebody not signed in',
        'Was refused a form that was out of date or from another site',
        'Page: /staff/portals',
      ],
    ])
    await admin.open('/staff/activity?action=access.refused')

    expect(admin.tableRows().map(row => row.slice(1, 4))).to.deep.equal([
      ['Rosa Marsh 1', 'Was refused a page they may not use', 'Page: /staff/contacts/1/change'],
    ])
    expect(JSON.stringify(await lines('%.refused'))).not.to.match(/nobody-knows|Forged/)
  })

  it('is one line an hour for each person and page, however often they ask', async () => {
    const viewer = await world.signedInStaff('viewer')
    const asked = ['/staff/team', '/staff/team', '/staff/contacts/1/change', '/staff/contacts/2/change', '/staff/team']

    for (const page of asked) await viewer.raw('GET', page)
    expect(await lines('access.refused')).to.have.length(2)
    await Promise.all(asked.map(async () => viewer.raw('GET', '/staff/activity')))
    expect(await lines('access.refused')).to.have.length(3)
    world.later(HOUR_MS)
    for (const page of asked) await viewer.raw('GET', page)

    expect(await lines('access.refused')).to.have.length(5)
  })

  it('is there for customers too, without the key of a link', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Ada Okafor', portals: [orders] })
    const ada = world.browser()
    await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)
    await world.db('portals').where({ id: orders.id }).update({ enabled: false })

    await ada.open('/portal/portals/orders')
    await ada.raw('POST', `/portal/reset/${'k'.repeat(43)}`, { headers: HERE, body: 'password=winter' })

    const told = await lines('%.refused')
    expect(told.map(line => [line.actor_type, line.action, JSON.parse(line.data)])).to.deep.equal([
      ['portal_user', 'access.refused', { asked: 'GET /portal/portals/orders' }],
      ['portal_user', 'form.refused', { asked: 'POST /portal/reset/:token', why: 'out of date' }],
    ])
  })

  it('is none for an address nobody knows, nor for being led to the door', async () => {
    const admin = await world.signedInStaff('admin')
    const before = await lines('%')

    expect((await admin.raw('GET', '/staff/nowhere')).status).to.equal(404)
    expect((await admin.raw('GET', '/staff/contacts/999')).status).to.equal(404)
    expect((await world.browser().raw('GET', '/staff/team')).status).to.equal(303)

    expect(await lines('%')).to.deep.equal(before)
  })

  it('stands when it cannot be written down', async () => {
    const viewer = await world.signedInStaff('viewer')
    await world.db.schema.renameTable('audit_events', 'hidden_events')

    await viewer.open('/staff/team')
    expect(viewer.status).to.equal(403)
    expect(await wrongSignIn(world.browser(), 'nobody@office.example')).to.equal(401)

    await world.db.schema.renameTable('hidden_events', 'audit_events')
    expect(await lines('%.refused')).to.have.length(0)
  })

  it('tells of a wrong password and whose it was to be, and of nothing that was typed', async () => {
    const rosa = await world.aStaff('Rosa Marsh')
    await aPortalUser(world, { name: 'Ada Okafor' })
    expect(await wrongSignIn(world.browser(), rosa.email)).to.equal(401)
    expect(await wrongSignIn(world.browser(), 'nobody@office.example')).to.equal(401)
    await signInToPortal(world.browser(), 'ada.okafor', 'not the password at all')

    const told = await lines('%.sign-in-failed')
    expect(told.map(line => [line.action, line.actor_type, line.subject_type, line.data])).to.deep.equal([
      ['staff.sign-in-failed', 'visitor', 'staff', '{}'],
      ['staff.sign-in-failed', 'visitor', null, '{}'],
      ['portal-user.sign-in-failed', 'visitor', 'portal_user', '{}'],
    ])
    expect(told.every(line => line.ip !== null)).to.equal(true)
  })

  it('tells once an hour that somebody was made to wait', async () => {
    const thief = world.browser()
    for (let tries = 0; tries < 8; tries += 1) await wrongSignIn(thief, 'nobody@office.example')

    expect(await lines('staff.sign-in-failed')).to.have.length(5)
    expect(await lines('sign-in.slowed')).to.have.length(1)
  })

  it('tells of visitors so often an hour and no more, from however many addresses, and that it leaves lines out', async () => {
    const rosa = await world.aStaff('Rosa Marsh')
    const admin = await world.signedInStaff('admin')
    await fill('visitor-lines')

    for (const page of ['portals', 'companies', 'contacts']) expect((await forge(page)).status, page).to.equal(403)
    expect(await wrongSignIn(world.browser(), 'nobody@office.example')).to.equal(401)
    await fill('visitor-sign-in-lines')
    expect(await wrongSignIn(world.browser(), 'nobody@office.example')).to.equal(401)
    expect(await wrongSignIn(world.browser(), rosa.email)).to.equal(401)

    expect(await lines('%.refused')).to.have.length(0)
    expect((await lines('staff.sign-in-failed')).map(line => line.subject_type)).to.deep.equal([null, 'staff'])
    await admin.open('/staff/activity?action=activity.lines-left-out')
    expect(admin.tableRows().map(row => row.slice(1, 4))).to.deep.equal([
      ['Portico', 'Left out lines about visitors, as there were too many this hour', 'Sign-ins with names nobody has'],
      ['Portico', 'Left out lines about visitors, as there were too many this hour', 'Refusals'],
    ])
  })

  it('is written nowhere any more once there is no room: not even that it was counted', async () => {
    await fill('visitor-lines')
    await forge('portals')
    const written: string[] = []
    world.db.on('query', ({ sql }: { sql: string }) => void (/^(insert|update)/i.test(sql) && written.push(sql)))

    for (const page of ['companies', 'contacts', 'products', 'portals']) await forge(page)

    expect(written.filter(sql => /rate_limits|audit_events/.test(sql))).to.deep.equal([])
    expect(await lines('activity.lines-left-out')).to.have.length(1)
    world.later(HOUR_MS)
    await forge('companies')
    expect(await lines('activity.lines-left-out')).to.have.length(2)
  })

  it('stands beside who signed out, once, be it pressed twice', async () => {
    const manager = await world.signedInStaff('manager')
    const token = manager.$('input[name=_csrf]').first().attr('value') ?? ''
    const body = new URLSearchParams({ _csrf: token })
    await Promise.all([1, 2].map(async () => manager.raw('POST', '/staff/sign-out', { headers: HERE, body })))

    expect(await lines('staff.signed-out')).to.have.length(1)
  })
})

async function wrongSignIn(browser: Browser, email: string): Promise<number> {
  await browser.open('/staff/sign-in')
  browser.fill('Email address', email)
  browser.fill('Password', 'not the password at all')
  await browser.press('Sign in')
  return browser.status
}
