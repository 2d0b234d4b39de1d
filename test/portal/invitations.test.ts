import { expect } from 'chai'
import { changePortalSettings } from '../../src/core/settings/portal-settings.ts'
import { tokenOn } from '../support/actors.ts'
import type { Browser } from '../support/browser.ts'
import { mailTo } from '../support/inbox.ts'
import { anInvitation, aStaffActor, mailTaken } from '../support/invitations.ts'
import { aContact, aPortal, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const DAY_MS = 86_400_000
const ADA = 'ada@customer.example'

describe('The link of an invitation', () => {
  let world: World
  let ada: number
  beforeEach(async () => {
    world = await aWorld()
    ada = await aContact(world, 'Ada Okafor', { email: ADA })
  })
  afterEach(() => world.end())

  async function opened(token: string, browser = world.browser()): Promise<Browser> {
    await browser.open(`/portal/invitations/${token}`)
    return browser
  }

  async function register(browser: Browser, typed: Record<string, string>): Promise<void> {
    for (const [label, value] of Object.entries({ 'New password': OWN_PASSWORD, ...typed })) browser.fill(label, value)
    await browser.press('Register')
  }

  it('says who invites to what and until when, registers, and leads to the portal after signing in', async () => {
    const { id, token } = await anInvitation(world, ada, { email: ADA }, await aStaffActor(world))
    const browser = await opened(token)
    expect(browser.text).to.include('Ines Invites invites you to the portal “Ada Okafor” of Harbour & Finch.')
    expect(browser.text).to.include('It works until seven days after it was sent.')
    await mailTaken(world, id)
    await opened(token, browser)
    expect(browser.text).to.match(/It works until \d+ \w+ \d{4} at \d+:\d\d[ap]m\./)

    await register(browser, {})
    expect(browser.path).to.equal('/portal/sign-in?registered=1')
    expect(browser.text).to.include('You are registered. Sign in with your email address')
    browser.fill('Username', ADA)
    browser.fill('Password', OWN_PASSWORD)
    await browser.press('Sign in')

    expect(browser.h1).to.equal('Ada Okafor')
    const notice = await world.db('notifications').first('title', 'body')
    expect(notice).to.deep.equal({ title: 'Ada Okafor registered for the portal Ada Okafor', body: null })
  })

  it('keeps what was typed, but never the password, until everything is right', async () => {
    const { token } = await anInvitation(world, ada, { email: ADA })
    const browser = await opened(token)

    await register(browser, { Name: '', 'Email address': 'ada@' })
    expect(browser.errors()).to.deep.equal(['Enter your name', 'Enter an email address, like name@example.com'])
    await register(browser, { Name: 'Ada Lovelace', 'Email address': ADA, 'New password': 'short' })

    expect(browser.status).to.equal(422)
    expect(browser.errors()).to.deep.equal(['Use at least 12 characters. A few words you remember work well'])
    const values = ['name', 'email', 'password'].map(name => browser.$(`#${name}`).attr('value'))
    expect(values).to.deep.equal(['Ada Lovelace', ADA, ''])
    expect(await world.db('portal_users')).to.deep.equal([])
  })

  it('takes another address with the code mailed to it, and shows both to the office', async () => {
    const { id, token } = await anInvitation(world, ada, { email: ADA }, await aStaffActor(world))
    const browser = await opened(token)
    const other = { Name: 'Bea Lund', 'Email address': 'bea@elsewhere.example' }
    await register(browser, other)
    expect(browser.status).to.equal(422)
    expect(browser.errors()[0]).to.include('Enter the code we have just mailed to bea@elsewhere.example')
    await register(browser, { 'Code from the email': '00000000' })
    expect(browser.errors()).to.deep.equal(['Check the code: this is not the one in the latest email'])

    const code = /\b\d{8}\b/.exec(await mailTo(world, 'bea@elsewhere.example', 'registration-code'))?.[0] ?? ''
    await register(browser, { 'Code from the email': ` ${code.slice(0, 4)} ${code.slice(4)}` })

    expect(browser.path).to.equal('/portal/sign-in?registered=1')
    const row = await world.db('invitations').where({ id }).first('email', 'registered_email')
    expect(row).to.deep.equal({ email: ADA, registered_email: 'bea@elsewhere.example' })
    const notice = await world.db('notifications').first<{ body: string }>('body')
    expect(notice.body).to.equal('Invited as ada@customer.example, registered as bea@elsewhere.example.')
  })

  it('mails five codes and no more, and looks at five tries of each, however many come at once', async () => {
    const { id, token } = await anInvitation(world, ada, { email: ADA })
    const browser = await opened(token)
    const other = { name: 'Bea Lund', email: 'bea@elsewhere.example', password: OWN_PASSWORD }
    await browser.post(`/portal/invitations/${token}`, other)

    const form = { ...other, _csrf: tokenOn(browser) }
    const answers = await Promise.all(
      Array.from({ length: 31 }, (_, n) =>
        browser.raw('POST', `/portal/invitations/${token}`, {
          body: new URLSearchParams({ ...form, code: String(n) }),
        }),
      ),
    )

    const looks = answers.filter(({ text }) => text.includes('Check the code')).length
    expect(looks).to.be.within(5, 25)
    expect(await world.db('emails').where({ template: 'registration-code' })).to.have.length(5)
    expect((await world.db('registration_codes').first('tries', 'codes')).codes).to.equal(5)
    expect((await world.db('invitations').where({ id }).first('status')).status).to.equal('open')
  })

  it('gives the portal to the login that the owner of another address has already, which keeps its password', async () => {
    const bea = await aPortalUser(world, { name: 'Bea Lund', email: 'bea@customer.example' })
    const { id, token } = await anInvitation(world, ada, { email: ADA })
    const browser = await opened(token)

    await register(browser, { 'Email address': 'bea@customer.example' })
    expect(browser.errors()[0]).to.include('Enter the code we have just mailed to bea@customer.example')
    const code = /\b\d{8}\b/.exec(await mailTo(world, 'bea@customer.example', 'registration-code'))?.[0] ?? ''
    await register(browser, { 'Code from the email': code })

    expect(browser.text).to.include('You have a login with this address already, and it can open the portal now.')
    const row = await world.db('invitations').where({ id }).first('status', 'accepted_by_portal_user_id')
    expect(row).to.deep.equal({ status: 'accepted', accepted_by_portal_user_id: bea.id })
    browser.fill('Username', bea.username)
    browser.fill('Password', bea.password)
    await browser.press('Sign in')
    expect(browser.h1).to.equal('Ada Okafor')
  })

  it('has no field for the address where only the invited one will do, and reads none', async () => {
    await changePortalSettings(world.db, await aStaffActor(world), { registrationEmail: 'invited_only' }, world.now())
    const { id, token } = await anInvitation(world, ada, { email: ADA })
    const browser = await opened(token)
    expect(browser.$('#email')).to.have.length(0)
    expect(browser.text).to.include(`Email address ${ADA}`)

    const form = { name: 'Ada Okafor', email: 'bea@elsewhere.example', password: OWN_PASSWORD }
    await browser.post(`/portal/invitations/${token}`, form)

    expect(browser.path).to.equal('/portal/sign-in?registered=1')
    const row = await world.db('invitations').where({ id }).first('registered_email')
    expect(row).to.deep.equal({ registered_email: ADA })
  })

  it('makes the login that nobody has used theirs, and forgets the wrong tries at its password', async () => {
    await aPortalUser(world, { name: 'Una Unclaimed', email: 'una@customer.example', own: false })
    for (let n = 0; n < 5; n += 1) await signInToPortal(world.browser(), 'una@customer.example', 'wrong')
    const { token } = await anInvitation(world, ada, { email: 'una@customer.example' })
    const browser = await opened(token)
    await register(browser, {})

    await signInToPortal(browser, 'una@customer.example', OWN_PASSWORD)

    expect(browser.h1).to.equal('Ada Okafor')
  })

  it('passed on to somebody else does not give them a login that opens more already', async () => {
    const orders = await aPortal(world, 'Orders')
    const una = { name: 'Una Unclaimed', email: 'una@customer.example' }
    const { id } = await aPortalUser(world, { ...una, portals: [orders], own: false })
    const { token } = await anInvitation(world, ada, { email: una.email })
    const before = await world.db('portal_users').where({ id }).first('password_hash', 'name')
    const browser = await opened(token)

    await register(browser, { Name: 'Fay Forwarded' })
    expect(browser.errors()[0]).to.include('Enter the code we have just mailed to una@customer.example')
    await register(browser, { 'Code from the email': '00000000' })
    expect(await world.db('portal_users').where({ id }).first('password_hash', 'name')).to.deep.equal(before)
    const code = /\b\d{8}\b/.exec(await mailTo(world, una.email, 'registration-code'))?.[0] ?? ''
    await register(browser, { 'Code from the email': code })
    await signInToPortal(browser, una.email, OWN_PASSWORD)

    expect(browser.text).to.include('Orders').and.include('Ada Okafor')
  })

  it('opens for seven days to the second', async () => {
    const { id, token } = await anInvitation(world, ada, { email: ADA })
    await mailTaken(world, id)
    const browser = await opened(token)

    world.later(7 * DAY_MS - 2000)
    await opened(token, browser)
    expect(browser.status).to.equal(200)
    world.later(3000)
    await register(browser, {})

    expect(browser.status).to.equal(410)
    expect(browser.h1).to.match(/^This invitation expired on \d+ \w+ \d{4} at \d+:\d\d[ap]m$/)
    expect(await world.db('portal_users')).to.deep.equal([])
  })
})
