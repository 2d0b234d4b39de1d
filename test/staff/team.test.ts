import { expect } from 'chai'
import { staffById } from '../../src/core/team/accounts.ts'
import { changeRole, disableMember } from '../../src/core/team/members.ts'
import type { Staff } from '../../src/core/actors.ts'
import type { Browser } from '../support/browser.ts'
import { idle } from '../support/inbox.ts'
import { aMailServer } from '../support/mail-server.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const DAY = 86_400_000
const CHOSEN = 'winter harvest trumpet'

describe('The team', () => {
  let world: World
  let admin: Browser
  beforeEach(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
  })
  afterEach(() => world.end())

  it('is for administrators only', async () => {
    const manager = await world.signedInStaff('manager')

    for (const page of ['/staff/team', '/staff/team/new', '/staff/team/1']) {
      await manager.open(page)
      expect(manager.status).to.equal(403)
    }
  })

  it('is listed with roles, states, second factors and the last sign-in', async () => {
    await world.aStaff('Abe Field', 'viewer')

    await admin.click('Settings')
    await admin.click('Team: who works here')

    expect(admin.tableRows().map(row => row.slice(0, 4))).to.deep.equal([
      ['Abe Field, abe.field@office.example', 'abe.field@office.example', 'Viewer', 'Active'],
      ['Rosa Marsh 1, rosa.marsh.1@office.example', 'rosa.marsh.1@office.example', 'Administrator', 'Active'],
    ])
    expect(admin.tableRows()[0]?.slice(4)).to.deep.equal(['Off', 'Never'])
  })

  it('grows by a link that is shown once, opened without harm and spent once', async () => {
    await addTo(admin, 'Nell Archer', 'Nell@Office.Example', 'Manager')
    const link = shownLink(admin)
    await admin.open(admin.path)
    expect(shownLink(admin)).to.equal('')
    expect(admin.text).to.include('Has not chosen a password yet')
    const stored = JSON.stringify(await Promise.all(['staff_links', 'sessions', 'audit_events'].map(t => world.db(t))))
    expect(stored).not.to.include(link.split('/').at(-1))

    const nell = world.browser()
    for (let look = 0; look < 2; look += 1) await nell.open(link)
    await choosePassword(nell, 'short')
    expect(nell.status).to.equal(422)
    await choosePassword(nell, CHOSEN)
    await signIn(nell, 'nell@office.example', CHOSEN)

    expect(nell.path).to.match(/^\/staff\/contacts/)
    const again = world.browser()
    await again.open(link)
    expect([again.status, again.h1]).to.deep.equal([410, 'This link does not work any more'])
  })

  it('mails the link where there is a mail server, with the secret kept out of the outbox', async () => {
    const server = await aMailServer()
    const mailing = await aWorld({ smtpUrl: server.url })
    const sender = await mailing.signedInStaff('admin')

    await addTo(sender, 'Nell Archer', 'nell@office.example', 'Viewer')
    const link = shownLink(sender)
    await idle(mailing)

    expect(sender.text).to.include('It is also sent by email.')
    expect(server.taken[0]?.mail.text).to.include(link).and.include('Rosa Marsh 1 has added you')
    expect(JSON.stringify(await mailing.db('emails'))).not.to.include(link)
    await mailing.end()
    await server.stop()
  })

  it('refuses an address that somebody has, and says what is missing', async () => {
    await addTo(admin, 'Rosa Twice', 'ROSA.MARSH.1@office.example', 'Viewer')
    expect(admin.status).to.equal(422)
    expect(admin.errors().join()).to.include('has this email address already')

    await admin.open('/staff/team/new')
    admin.fill('Email address', 'nobody')
    await admin.press('Add to the team')

    expect(admin.errors()).to.deep.equal([
      'Enter a name',
      'Enter an email address like name@example.com',
      'Choose what this person may do',
    ])
  })

  it('lets an old link die with a newer one, with seven days, and with disabling', async () => {
    await addTo(admin, 'Nell Archer', 'nell@office.example', 'Viewer')
    const page = admin.path
    const first = shownLink(admin)
    await admin.press('Make a new invitation link')
    const second = shownLink(admin)
    expect(await statusOf(first)).to.equal(410)
    expect(await statusOf(second)).to.equal(200)

    await admin.press('Disable')
    expect(await statusOf(second)).to.equal(410)
    await admin.press('Enable')
    await admin.press('Make a new invitation link')
    const third = shownLink(admin)
    world.later(7 * DAY)
    expect(await statusOf(third)).to.equal(410)
    expect(page).to.match(/^\/staff\/team\/\d+$/)
  })

  it('gives somebody who forgot their password a link, which signs them out everywhere', async () => {
    const viewer = await world.signedInStaff('viewer')
    await openMember(admin, 'Rosa Marsh 2')
    await admin.press('Make a link for a new password')
    const link = shownLink(admin)
    await viewer.open('/staff/contacts')
    expect(viewer.status).to.equal(200)

    const fresh = world.browser()
    await fresh.open(link)
    await choosePassword(fresh, CHOSEN)

    await viewer.open('/staff/contacts')
    expect(viewer.path).to.match(/^\/staff\/sign-in/)
    await signIn(fresh, 'rosa.marsh.2@office.example', STAFF_PASSWORD)
    expect(fresh.status).to.equal(401)
    await signIn(fresh, 'rosa.marsh.2@office.example', CHOSEN)
    expect(fresh.path).to.match(/^\/staff\/contacts/)
  })

  it('changes roles, which count at the next click', async () => {
    const viewer = await world.signedInStaff('viewer')
    await openMember(admin, 'Rosa Marsh 2')

    admin.fill('Role', 'Administrator: everything, with portals, mail, team and activity')
    await admin.press('Change role')

    expect(admin.text).to.include('Rosa Marsh 2 has the role Administrator now.')
    await viewer.open('/staff/team')
    expect(viewer.status).to.equal(200)
  })

  for (const [act, change] of [
    ['signs somebody out everywhere', 'Sign out everywhere'],
    ['disables somebody, who is out at once', 'Disable'],
  ] as const) {
    it(act, async () => {
      const viewer = await world.signedInStaff('viewer')
      await openMember(admin, 'Rosa Marsh 2')

      await admin.press(change)

      expect(await world.db('sessions').where({ principal_id: 2 })).to.deep.equal([])
      await viewer.open('/staff/contacts')
      expect(viewer.path).to.match(/^\/staff\/sign-in/)
      await signIn(viewer, 'rosa.marsh.2@office.example', STAFF_PASSWORD)
      expect(viewer.status).to.equal(change === 'Disable' ? 401 : 200)
    })
  }

  it('cannot lose the only administrator who can sign in', async () => {
    await addTo(admin, 'Nell Archer', 'nell@office.example', 'Administrator')
    await openMember(admin, 'Rosa Marsh 1')

    await admin.press('Disable')
    expect([admin.status, admin.h1]).to.deep.equal([409, 'There must be an administrator'])
    await openMember(admin, 'Rosa Marsh 1')
    admin.fill('Role', 'Manager: changes contacts, companies and access, imports and exports')
    await admin.press('Change role')

    expect(admin.status).to.equal(409)
    const rosa = await world.db('staff_users').orderBy('id').first('role', 'status')
    expect(rosa).to.deep.equal({ role: 'admin', status: 'active' })
  })

  it('keeps one administrator of two who demote or disable each other at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [a, b] = [await anAdmin(`Ann ${String(round)}`), await anAdmin(`Ben ${String(round)}`)]
      await world.db('staff_users').whereNotIn('id', [a.id, b.id]).update({ role: 'viewer' })

      const done = await Promise.all([
        changeRole(world.db, a, b.id, 'manager', world.now()),
        disableMember(world.db, b, a.id, world.now()),
      ])

      expect(done.filter(one => one.ok)).to.have.length(1)
      expect(await world.db('staff_users').where({ role: 'admin', status: 'active' })).to.have.length(1)
    }
  })

  async function anAdmin(name: string): Promise<Staff> {
    const { id } = await world.aStaff(name, 'admin')
    return (await staffById(world.db, id)) ?? expect.fail('no such administrator')
  }

  async function statusOf(link: string): Promise<number> {
    const browser = world.browser()
    await browser.open(link)
    return browser.status
  }
})

async function addTo(browser: Browser, name: string, email: string, role: string): Promise<void> {
  await browser.open('/staff/team/new')
  browser.fill('Name', name)
  browser.fill('Email address', email)
  const option = browser
    .$('#role option')
    .toArray()
    .map(one => browser.$(one).text())
  browser.fill('Role', option.find(words => words.startsWith(role)) ?? role)
  await browser.press('Add to the team')
}

async function openMember(browser: Browser, name: string): Promise<void> {
  await browser.open('/staff/team')
  const link = browser
    .$('tbody a')
    .toArray()
    .find(one => browser.$(one).text().startsWith(name))
  await browser.open(link?.attribs.href ?? 'no such member')
}

/** The path of the link on the page, or ''. */
function shownLink(browser: Browser): string {
  const text = browser.$('code').text()
  return text && new URL(text).href
}

async function choosePassword(browser: Browser, password: string): Promise<void> {
  browser.fill('New password', password)
  await browser.press('Save password')
}

async function signIn(browser: Browser, email: string, password: string): Promise<void> {
  await browser.open('/staff/sign-in')
  browser.fill('Email address', email)
  browser.fill('Password', password)
  await browser.press('Sign in')
}
