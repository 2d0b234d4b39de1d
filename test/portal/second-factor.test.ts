import { expect } from 'chai'
import type { Router } from 'express'
import { newPasswordLink } from '../../src/core/portal-users/links.ts'
import { switchPortalUser } from '../../src/core/portal-users/switch.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import { portalFace } from '../../src/web/portal/index.ts'
import type { Browser } from '../support/browser.ts'
import { anInvitation } from '../support/invitations.ts'
import { aContact, aPortal, aPortalUser, OWN_PASSWORD, signInToPortal, TEMPORARY_PASSWORD } from '../support/people.ts'
import { codeOf, enterCode, setUpSecondFactor } from '../support/second-factor.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The second factor of a portal user', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is offered beside the password, asked for from then on, and leads to the only portal', async () => {
    const ada = await inPortal(world, 'Ada Okafor')
    await ada.click('Password')
    await ada.click('Second factor')
    expect(ada.text).to.include('Your second factor is off')
    const { key, codes } = await setUpSecondFactor(world, ada, 'portal', OWN_PASSWORD)

    const elsewhere = world.browser()
    await signInToPortal(elsewhere, 'ada.okafor', OWN_PASSWORD)
    expect(elsewhere.path).to.equal('/portal/sign-in/code')
    await enterCode(elsewhere, codeOf(world, key))

    expect(codes).to.have.length(10)
    expect(elsewhere.h1).to.equal('Orders')
    const lines = await world.db('audit_events').where({ action: 'portal-user.signed-in' }).orderBy('id').pluck('data')
    expect(lines).to.deep.equal(['{}', '{"secondFactor":"app"}'])
    const mails = await world.db('emails').select('to_email', 'template', 'portal_user_id')
    expect(mails).to.deep.equal([
      { to_email: 'ada.okafor@customer.example', template: 'second-factor-turned-on', portal_user_id: 1 },
    ])
  })

  it('opens nothing before the code is entered: every page answers as to a stranger', async () => {
    await withFactor(world, 'Ada Okafor')
    const [pending, stranger] = [world.browser(), world.browser()]
    await signInToPortal(pending, 'ada.okafor', OWN_PASSWORD)

    for (const path of getPaths(world).filter(one => !one.startsWith('/sign-in/'))) {
      const asked = `/portal${path.replace(/:\w+/g, 'orders')}`
      const [one, other] = [await pending.raw('GET', asked), await stranger.raw('GET', asked)]
      expect([one.status, one.headers.get('location')], path).to.deep.equal([
        other.status,
        other.headers.get('location'),
      ])
    }
  }).timeout(60_000)

  it('takes each code and each recovery code once', async () => {
    const { key, codes } = await withFactor(world, 'Ada Okafor')
    const code = codeOf(world, key)

    const answers: string[] = []
    for (const [way, given] of [
      ['code', code],
      ['code', code],
      ['recovery-code', codes[0] ?? ''],
      ['recovery-code', codes[0] ?? ''],
      ['code', codes[1] ?? ''],
    ] as const) {
      const browser = world.browser()
      await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
      await browser.post(`/portal/sign-in/${way}`, { code: given })
      answers.push(browser.h1)
    }

    expect(answers).to.deep.equal([
      'Orders',
      'Enter the code from your app',
      'Second factor',
      'Enter a recovery code',
      'Second factor',
    ])
  })

  it('is not got around by a reset link, which ends the wait for another code and whoever was at it', async () => {
    const { key } = await withFactor(world, 'Ada Okafor')
    const pending = world.browser()
    await signInToPortal(pending, 'ada.okafor', OWN_PASSWORD)
    for (let n = 0; n < 5; n += 1) await enterCode(pending, '123456')
    await resetByMail(world, 'ada.okafor', 'copper lantern friday')

    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', 'copper lantern friday')
    expect(browser.h1).to.equal('Enter the code from your app')
    await enterCode(browser, codeOf(world, key))
    expect(browser.h1).to.equal('Orders')
    await enterCode(pending, '123456')
    expect([pending.status, pending.h1]).to.deep.equal([401, 'Sign in to Harbour & Finch client portal'])
  })

  it('is asked for on the way to an invitation too, which waits unopened and is accepted then', async () => {
    const { key } = await withFactor(world, 'Ada Okafor')
    const contactId = await aContact(world, 'Harbour Lights')
    const { id, token } = await anInvitation(world, contactId, { email: 'ada.okafor@customer.example' })
    const browser = world.browser()
    await browser.open(`/portal/invitations/${token}`)
    await browser.click('Sign in and accept')
    browser.fill('Username', 'ada.okafor')
    browser.fill('Password', OWN_PASSWORD)
    await browser.press('Sign in')
    await browser.post(`/portal/invitations/${token}/accepting`, {})
    expect(await world.db('invitations').where({ id }).first('status')).to.deep.equal({ status: 'open' })

    await browser.open('/portal/sign-in/code')
    await enterCode(browser, codeOf(world, key))

    expect(browser.path).to.equal(`/portal/invitations/${token}`)
    await browser.press('Accept')
    expect(await world.db('invitations').where({ id }).first('status')).to.deep.equal({ status: 'accepted' })
  })

  it('comes before choosing a password of one’s own with a temporary one', async () => {
    const { key } = await withFactor(world, 'Ada Okafor')
    const password_hash = await world.deps.passwords.hash(TEMPORARY_PASSWORD)
    await world.db('portal_users').update({ password_hash, must_change_password: true })
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', TEMPORARY_PASSWORD)
    expect(browser.h1).to.equal('Enter the code from your app')

    await enterCode(browser, codeOf(world, key))

    expect(browser.h1).to.equal('Choose your own password')
  })

  it('ends a sign-in under way when the person is disabled', async () => {
    const { key } = await withFactor(world, 'Ada Okafor')
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    const { id } = await world.aStaff('Rosa Marsh')
    const rosa = await staffById(world.db, id)
    if (!rosa) throw new Error('Rosa may sign in')

    await switchPortalUser(world.db, rosa, 1, false, world.now())
    await enterCode(browser, codeOf(world, key))

    expect([browser.status, browser.h1]).to.deep.equal([401, 'Sign in to Harbour & Finch client portal'])
  })

  it('is nobody’s on the staff pages: a second step of one face is none of the other', async () => {
    const { key } = await withFactor(world, 'Ada Okafor')
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    const swapped = world.browser()
    swapped.cookies.set('portico_staff', browser.cookies.value('portico_portal') ?? '')

    await swapped.open('/staff/sign-in/code')
    await swapped.post('/staff/sign-in/code', { code: codeOf(world, key) })

    expect([swapped.status, swapped.h1]).to.deep.equal([401, 'Sign in'])
  })

  it('goes with the login when that is deleted', async () => {
    await withFactor(world, 'Ada Okafor')
    const manager = await world.signedInStaff('manager')

    await manager.open('/staff/portal-users/delete?id=1')
    await manager.press('YES, delete 1 portal user')

    expect(await world.db('second_factors').select()).to.deep.equal([])
    expect(await world.db('recovery_codes').select()).to.deep.equal([])
  })

  it('is taken away by staff on a page that asks first, which signs the person out and tells them', async () => {
    await withFactor(world, 'Ada Okafor')
    const manager = await world.signedInStaff('manager')
    await manager.open('/staff/portal-users/1')
    await manager.click('Take it away')
    await manager.press('Take away the second factor')

    expect(manager.text).to.include('Ada Okafor has no second factor any more, and is signed out everywhere.')
    expect(await world.db('sessions').where({ realm: 'portal' })).to.deep.equal([])
    const browser = world.browser()
    await signInToPortal(browser, 'ada.okafor', OWN_PASSWORD)
    expect(browser.h1).to.equal('Orders')
    expect(await world.db('audit_events').where({ action: 'portal-user.second-factor-removed' })).to.have.length(1)
    const mail = await world.db('emails').where({ template: 'second-factor-taken' }).first('masked_text')
    expect(mail.masked_text).to.include('Harbour & Finch took your second factor')
    await manager.post('/staff/portal-users/1/second-factor', {})
    expect(manager.text).to.include('Nothing was changed: Ada Okafor has no second factor.')
  })
})

describe('The portal setting for second factors', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('“off” shows nothing of it, and leaves those who have one as they are', async () => {
    const { key, browser } = await withFactor(world, 'Ada Okafor')
    await choose(world, 'Off')
    const bea = await inPortal(world, 'Bea Brook')
    await bea.click('Password')
    expect(bea.text).not.to.include('Second factor')
    for (const path of ['', '/set-up']) {
      await bea.open(`/portal/second-factor${path}`)
      expect(bea.status).to.equal(404)
    }

    const ada = world.browser()
    await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)
    await enterCode(ada, codeOf(world, key))
    await browser.open('/portal/second-factor/turning-off')
    world.later(30_000)
    browser.fill('Your password', OWN_PASSWORD)
    browser.fill('Code from your app, or a recovery code', codeOf(world, key))
    await browser.press('Turn off the second factor')

    expect(ada.h1).to.equal('Orders')
    expect(browser.text).to.include('Your second factor is off. Other places you were signed in are signed out.')
    expect(await world.db('second_factors').select()).to.deep.equal([])
  })

  it('“required” leads everybody without one to setting it up, at their next click, and opens no other page', async () => {
    const bea = await inPortal(world, 'Bea Brook')
    await choose(world, 'Required for everybody with portal access')
    const open = /^\/(second-factor(\/.*)?|choose-password|brand\.css|logo)$/
    const paths = getPaths(world).filter(path => !open.test(path))

    for (const path of paths) {
      const reply = await bea.raw('GET', `/portal${path.replace(/:\w+/g, 'orders')}`)
      expect([reply.status, reply.headers.get('location')], path).to.deep.equal([303, '/portal/second-factor'])
    }
    await bea.open('/portal/home')
    expect(bea.text).to.include('You need a second factor to go on. Harbour & Finch has decided so.')
    await setUpSecondFactor(world, bea, 'portal', OWN_PASSWORD)
    await bea.press('I have kept them')
    await bea.open('/portal/home')

    expect(paths).to.include.members(['/home', '/portals/:slug', '/password', '/email', '/invitations/:token'])
    expect(bea.h1).to.equal('Welcome, Bea')
  }).timeout(60_000)

  it('“required” comes after choosing a password of one’s own, and lets people sign out', async () => {
    await choose(world, 'Required for everybody with portal access')
    const orders = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Theo Temple', own: false, portals: [orders] })
    const theo = world.browser()
    await signInToPortal(theo, 'theo.temple', TEMPORARY_PASSWORD)
    theo.fill('New password', OWN_PASSWORD)
    await theo.press('Save password')
    expect(theo.path).to.equal('/portal/second-factor')

    await theo.press('Sign out')

    expect(theo.h1).to.equal('Sign in to Harbour & Finch client portal')
  })

  it('is not chosen by a value that is none', async () => {
    const admin = await world.signedInStaff('admin')
    await admin.open('/staff/portal-settings')

    await admin.post('/staff/portal-settings/second-factor', { secondFactor: 'perhaps' })

    expect(admin.status).to.equal(422)
    expect(admin.errors()).to.deep.equal(['Choose who uses a second factor'])
  })
})

async function choose(world: World, words: string): Promise<void> {
  const admin = await world.signedInStaff('admin')
  await admin.open('/staff/portal-settings')
  admin.choose(words)
  await admin.press('Save second factor')
}

/** Somebody who is signed in and has the portal Orders only. */
async function inPortal(world: World, name: string): Promise<Browser> {
  const known = await world.db('portals').where({ name: 'Orders' }).first('id', 'name', 'slug')
  const orders = known ?? (await aPortal(world, 'Orders'))
  const user = await aPortalUser(world, { name, portals: [orders] })
  const browser = world.browser()
  await signInToPortal(browser, user.username, user.password)
  return browser
}

async function withFactor(world: World, name: string) {
  const browser = await inPortal(world, name)
  return { browser, ...(await setUpSecondFactor(world, browser, 'portal', OWN_PASSWORD)) }
}

async function resetByMail(world: World, username: string, password: string): Promise<void> {
  const user = await world.db('portal_users').where({ username }).first<{ id: number }>('id')
  const link = await world.db.transaction(trx =>
    newPasswordLink(trx, world.deps, { portalUserId: user.id, lastsMs: 3_600_000 }, world.now()),
  )
  const browser = world.browser()
  await browser.open(new URL(link.url).pathname)
  browser.fill('New password', password)
  await browser.press('Change password')
  if (browser.path !== '/portal/sign-in?password=changed') throw new Error(`It led to ${browser.path}`)
}

/** The path of every page of the portal, as its router knows them. */
function getPaths(world: World): string[] {
  const face: Router = portalFace({ ...world.deps, wakeWorker: () => undefined })
  return face.stack.flatMap(({ route }) =>
    route && 'get' in (route as unknown as { methods: object }).methods ? [route.path] : [],
  )
}
