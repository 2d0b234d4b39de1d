import { expect } from 'chai'
import type { SessionData } from 'express-session'
import { newSetupToken } from '../../src/core/team/accounts.ts'
import { openStaffSession } from '../../src/core/team/opened.ts'
import { SessionStore } from '../../src/web/shared/session-store.ts'
import { tablesOf, tokenOn } from '../support/actors.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const DOOR = /^\/staff\/sign-in/
const HOUR = 3_600_000

describe('A session of staff', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('has an id nobody knew before signing in, and another one each time', async () => {
    const rosa = await world.aStaff('Rosa Marsh')
    const browser = world.browser()
    browser.cookies.set('portico_staff', 's%3Aplanted.planted')
    await browser.open('/staff/sign-in')

    await browser.post('/staff/sign-in', { email: rosa.email, password: rosa.password })
    const first = browser.cookies.value('portico_staff') ?? ''
    await browser.press('Sign out')
    await browser.post('/staff/sign-in', { email: rosa.email, password: rosa.password })

    expect(first).not.to.include('planted')
    expect(browser.cookies.value('portico_staff')).not.to.equal(first)
    expect(await whereLeads(first)).to.match(DOOR)
  })

  for (const [what, change] of [
    ['disabled', { status: 'disabled' }],
    ['signed out everywhere', { session_version: 2 }],
  ] as const) {
    it(`ends at the next click of somebody who was ${what}`, async () => {
      const browser = await world.signedInStaff('admin')

      await world.db('staff_users').update(change)

      await browser.click('Companies')
      expect(browser.path).to.match(DOOR)
    })
  }

  it('has the role of this moment, not the one of signing in', async () => {
    const browser = await world.signedInStaff('admin')

    await world.db('staff_users').update({ role: 'viewer' })

    await browser.open('/staff/portals')
    expect(browser.status).to.equal(403)
  })

  it('does not come back to life when slow requests end after signing out', async () => {
    const browser = await world.signedInStaff()
    await browser.open('/staff/password')
    const cookie = browser.cookies.value('portico_staff') ?? ''
    const { passwords } = world.deps
    const { matches } = passwords
    let goOn = (): void => undefined
    const signal = new Promise<void>(resolve => (goOn = resolve))
    const arrived = new Promise<void>(resolve => {
      passwords.matches = async (hash, password) => {
        resolve()
        await signal
        return matches(hash, password)
      }
    })

    const slow = browser.post('/staff/password', { current: STAFF_PASSWORD, next: 'short' })
    await arrived
    const other = world.browser()
    other.cookies.set('portico_staff', cookie)
    await other.open('/staff/settings')
    await other.press('Sign out')
    goOn()
    await slow

    expect(await world.db('sessions').select()).to.deep.equal([])
    expect(await whereLeads(cookie)).to.match(DOOR)
  })

  it('stays ended when a request that began before has something to keep in it', async () => {
    const browser = await world.signedInStaff()
    const cookie = browser.cookies.value('portico_staff') ?? ''
    const sid = decodeURIComponent(cookie).replace(/^s:/, '').split('.')[0] ?? ''
    const store = new SessionStore({ ...world.deps, wakeWorker: () => undefined }, 'staff', (hash, now) =>
      openStaffSession(world.db, world.config, hash, now),
    )
    const held = await new Promise<SessionData>((resolve, reject) => {
      store.get(sid, (error, data) => (data ? resolve(data) : reject(new Error('no session', { cause: error }))))
    })
    await browser.press('Sign out')

    await new Promise<unknown>(resolve => store.set(sid, { ...held, flash: 'Saved.' }, resolve))

    expect(await world.db('sessions').select()).to.deep.equal([])
    expect(await whereLeads(cookie)).to.match(DOOR)
  })

  it('ends after a day without a click, and after a week of clicks', async () => {
    const idle = await world.signedInStaff()
    const busy = await world.signedInStaff()

    for (let hours = 0; hours < 7 * 24 - 12; hours += 12) {
      await busy.open('/staff/settings')
      expect(busy.path, `after ${String(hours)} hours`).to.equal('/staff/settings')
      world.later(12 * HOUR)
      if (hours === 0) await idle.open('/staff/settings')
    }
    world.later(13 * HOUR)

    await busy.open('/staff/settings')
    await idle.open('/staff/settings')
    expect(busy.path).to.match(DOOR)
    expect(idle.path).to.match(DOOR)
  })

  it('is not made for strangers, however often they look', async () => {
    const paths = [
      '/',
      '/staff',
      '/staff/sign-in',
      '/staff/contacts',
      '/portal',
      '/portal/sign-in',
      '/portal/forgot',
      '/nowhere',
    ]

    for (let n = 0; n < 125; n += 1) {
      const replies = await Promise.all(paths.map(path => world.browser().raw('GET', path)))
      const cookies = replies.flatMap(reply => reply.headers.getSetCookie())
      expect(cookies.filter(line => /^portico_(staff|portal)=/.test(line))).to.deep.equal([])
    }

    expect(await world.db('sessions').select()).to.deep.equal([])
  }).timeout(120_000)

  async function whereLeads(cookie: string): Promise<string> {
    const thief = world.browser()
    thief.cookies.set('portico_staff', cookie)
    await thief.open('/staff/settings')
    return thief.path
  }
})

describe('Secrets', () => {
  it('stand neither in the log nor in any table', async () => {
    const lines: string[] = []
    const world = await aWorld({}, { write: line => void lines.push(line) })
    try {
      const secrets = await someSecrets(world)

      const log = lines.join('')
      const rows = JSON.stringify(await Promise.all((await tablesOf(world)).map(table => world.db(table).select())))
      expect(lines.length).to.be.at.least(8)
      expect(log).to.include('/portal/reset/:token').and.to.include('/staff/setup/:token')
      for (const [what, secret] of Object.entries(secrets)) {
        expect(secret, what).to.have.length.above(7)
        expect(log.includes(secret), `${what} in the log`).to.equal(false)
        expect(rows.includes(secret), `${what} in a table`).to.equal(false)
      }
    } finally {
      await world.end()
    }
  })
})

/** Goes through every door there is, and gives what was used to open it. */
async function someSecrets(world: World): Promise<Record<string, string>> {
  const setup = await newSetupToken(world.db, world.now())
  await world.browser().open(`/staff/setup/${setup}`)
  const reset = 'R'.repeat(43)
  await world.browser().open(`/portal/reset/${reset}?${new URLSearchParams({ key: reset }).toString()}`)
  const staff = await world.signedInStaff('admin')
  const ada = await aPortalUser(world, { name: 'Ada Okafor' })
  const customer = world.browser()
  await signInToPortal(customer, ada.username, OWN_PASSWORD)
  await world.browser().open('/staff/sign-in?next=%2Fstaff&password=letmein-letmein')
  const staffCookie = decodeURIComponent(staff.cookies.value('portico_staff') ?? '')
  const portalCookie = decodeURIComponent(customer.cookies.value('portico_portal') ?? '')
  return {
    setup,
    reset,
    staffCookie,
    portalCookie,
    staffSession: staffCookie.replace(/^s:/, '').split('.')[0] ?? '',
    portalSession: portalCookie.replace(/^s:/, '').split('.')[0] ?? '',
    formToken: tokenOn(staff),
    staffPassword: STAFF_PASSWORD,
    portalPassword: OWN_PASSWORD,
    typedInAddress: 'letmein-letmein',
    appSecret: world.config.appSecret,
  }
}
