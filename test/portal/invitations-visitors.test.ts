import { expect } from 'chai'
import { giveLink } from '../../src/core/team/links.ts'
import { aCast, tokenOn } from '../support/actors.ts'
import type { Browser } from '../support/browser.ts'
import { engine } from '../support/engine.ts'
import { anInvitation, aStaffActor } from '../support/invitations.ts'
import { aContact, aPortalUser, OWN_PASSWORD, signInToPortal, TEMPORARY_PASSWORD } from '../support/people.ts'
import { formHeaders, wire } from '../support/wire.ts'
import { aWorld, type World } from '../support/world.ts'

const ADA = 'ada@customer.example'
const REGISTER = 'Register for the client portal'
const KNOWN = 'Sign in to accept the invitation'
const DISABLED = 'This invitation cannot be used'
const OWNER = 'Open the portal Spare Key'
const OTHER = 'This invitation is for another email address'
const STANDINGS = ['none', 'unclaimed', 'active', 'disabled'] as const
type Standing = (typeof STANDINGS)[number]

/** What somebody meets: signed in as nobody, as the one who is invited (who may not succeed in that), as another. */
const CELLS: Record<Standing, Record<'anonymous' | 'same' | 'other', [status: number, h1: string]>> = {
  none: { anonymous: [200, REGISTER], same: [200, REGISTER], other: [403, OTHER] },
  unclaimed: { anonymous: [200, REGISTER], same: [200, OWNER], other: [403, OTHER] },
  active: { anonymous: [200, KNOWN], same: [200, OWNER], other: [403, OTHER] },
  disabled: { anonymous: [410, DISABLED], same: [410, DISABLED], other: [403, OTHER] },
}

/** Where each page leads somebody who goes on. */
const LAST: Record<string, string> = {
  [REGISTER]: 'Sign in to Harbour & Finch client portal',
  [KNOWN]: 'Spare Key',
  [OWNER]: 'Spare Key',
  [DISABLED]: DISABLED,
}
const WHO = { anonymous: 'a stranger', same: 'its owner', other: 'somebody else' } as const
const SCANNERS = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) Safelinks',
  'Barracuda Sentinel (EE)',
  'Mimecast-URL-Scan/1.0',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'WhatsApp/2.23',
]
const FORM = { name: 'Ada Okafor', email: ADA, password: 'copper lantern friday' }

describe('The link of an invitation', () => {
  let world: World
  let link: string
  beforeEach(async () => {
    world = await aWorld()
    const { token } = await anInvitation(world, await aContact(world, 'Spare Key'), { email: ADA })
    link = `/portal/invitations/${token}`
  })
  afterEach(() => world.end())

  const rows = (): Promise<unknown> =>
    Promise.all(
      ['invitations', 'portal_access', 'registration_codes'].map(table => world.db(table).select<unknown[]>()),
    )
  const passwords = (): Promise<unknown> => world.db('portal_users').orderBy('id').pluck('password_hash')

  for (const standing of STANDINGS)
    for (const who of ['anonymous', 'same', 'other'] as const) {
      const [status, h1] = CELLS[standing][who]
      it(`to an address with ${words(standing)} login, for ${WHO[who]}, says “${h1}”`, async () => {
        const browser = await visitor(standing, who)
        const before = [await rows(), await passwords()]

        await browser.open(link)
        expect([browser.status, browser.h1]).to.deep.equal([status, h1])
        if (h1 !== REGISTER) {
          await browser.open('/portal/sign-in')
          await browser.post(link, FORM)
          expect([browser.status, browser.h1]).to.deep.equal([status, h1])
        }

        expect([await rows(), await passwords()]).to.deep.equal(before)
        await goOn(browser)
        expect(browser.h1).to.equal(LAST[h1 === OTHER ? CELLS[standing].anonymous[1] : h1])
      })
    }

  async function visitor(standing: Standing, who: string): Promise<Browser> {
    const own = standing !== 'unclaimed'
    if (standing !== 'none') await aPortalUser(world, { name: 'Ada Okafor', email: ADA, own })
    if (own) await world.db('portal_users').update({ first_login_at: world.now() })
    await aPortalUser(world, { name: 'Bea Lund' })
    const browser = world.browser()
    if (who === 'same') await signInToPortal(browser, ADA, own ? OWN_PASSWORD : TEMPORARY_PASSWORD)
    if (who === 'same' && !own) {
      browser.fill('New password', OWN_PASSWORD)
      await browser.press('Save password')
    }
    if (who === 'other') await signInToPortal(browser, 'bea.lund', OWN_PASSWORD)
    if (standing === 'disabled') await world.db('portal_users').where({ email: ADA }).update({ status: 'disabled' })
    return browser
  }

  async function goOn(browser: Browser): Promise<void> {
    await browser.open(link)
    if (browser.h1 === OTHER) await browser.press('Sign out and open the invitation')
    if (browser.h1 === KNOWN) {
      await browser.click('Sign in and accept')
      browser.fill('Username', ADA)
      browser.fill('Password', OWN_PASSWORD)
      await browser.press('Sign in')
    }
    if (browser.h1 === OWNER) await browser.press('Accept as Ada Okafor')
    if (browser.h1 === REGISTER) {
      browser.fill('New password', OWN_PASSWORD)
      await browser.press('Register')
    }
  }

  it('is accepted once with the button, and says so in the portal', async () => {
    const browser = await visitor('active', 'same')
    await browser.open(link)
    await browser.press('Accept as Ada Okafor')
    expect(browser.text).to.include('You can now open Spare Key')
    browser.back()
    await browser.press('Accept as Ada Okafor')

    expect([browser.status, browser.h1]).to.deep.equal([410, 'This invitation link has already been used'])
    expect(await world.db('portal_access')).to.have.length(1)
    expect(await world.db('audit_events').where({ action: 'invitation.accepted' })).to.have.length(1)
  })

  if (engine === 'sqlite')
    it('is alive, and its row the same to the last byte, after a thousand visits of scanners', async () => {
      const before = JSON.stringify(await rows())
      const browser = world.browser()
      await browser.open(link)
      const cookie = `portico_portal_form=${browser.cookies.value('portico_portal_form') ?? ''}`
      const empty = `_csrf=${tokenOn(browser)}&name=&email=&password=`
      const visits = [
        { method: 'HEAD' },
        { method: 'GET' },
        { method: 'GET', headers: { cookie } },
        { method: 'POST', headers: formHeaders(cookie), body: empty },
        { method: 'POST', headers: formHeaders(''), body: 'name=&email=&password=' },
      ]

      const statuses = new Set<string>()
      for (let n = 0; n < 40; n += 1) {
        const replies = await Promise.all(
          SCANNERS.flatMap(agent =>
            visits.map(visit =>
              wire(world, { ...visit, path: link, headers: { 'user-agent': agent, ...visit.headers } }),
            ),
          ),
        )
        replies.forEach((reply, at) =>
          statuses.add(`${visits[at % visits.length]?.method ?? ''} ${String(reply.status)}`),
        )
      }

      expect([...statuses].toSorted()).to.deep.equal(['GET 200', 'HEAD 200', 'POST 403', 'POST 422'])
      expect(JSON.stringify(await rows())).to.equal(before)
      await goOn(browser)
      expect(browser.h1).to.equal(LAST[REGISTER])
    }).timeout(60_000)

  it('is not valid when it is none of ours, whatever is done with it', async () => {
    const browser = world.browser()
    const good = link.slice(-43)
    for (const token of ['a'.repeat(43), good.slice(1), `${good}a`, `${good} `, '%00', '[object Object]', 'null'])
      for (const act of ['', '/accepting', '/new-link', '/not-me']) {
        const path = `/portal/invitations/${encodeURIComponent(token)}${act}`
        if (act === '') await browser.open(path)
        else await browser.open('/portal/sign-in').then(() => browser.post(path, FORM))
        expect([path, browser.status, browser.h1]).to.deep.equal([path, 404, 'This link is not valid'])
      }
  })
})

describe('Links of every kind', () => {
  it('open their own page and no other', async () => {
    const cast = await aCast()
    try {
      const { world, browsers } = cast
      const { openLink = '', reset = '', emailLink = '' } = cast.things('anonymous')
      const staffLink = await aStaffLink(world)
      const pages = {
        '/portal/invitations': openLink,
        '/portal/reset': reset,
        '/portal/confirm-email': emailLink,
        '/staff/links': staffLink,
      }
      const browser = browsers.anonymous

      const answers: Record<string, number> = {}
      for (const page of Object.keys(pages))
        for (const [kind, token] of Object.entries(pages)) {
          const reply = await browser.raw('GET', `${page}/${token}`)
          answers[`${kind} at ${page}`] = reply.status
        }

      for (const [cell, status] of Object.entries(answers)) {
        const [kind, page = ''] = cell.split(' at ')
        expect(status, cell).to.equal(kind === page ? 200 : page.startsWith('/staff') ? 410 : 404)
      }
    } finally {
      await cast.world.end()
    }
  })
})

async function aStaffLink(world: World): Promise<string> {
  const staff = await aStaffActor(world, 'Lin Linker')
  const { url } = await world.db.transaction(trx =>
    giveLink(trx, world.deps, staff, { ...staff, purpose: 'reset' }, world.now()),
  )
  return url.slice(-43)
}

function words(standing: Standing): string {
  return standing === 'none' ? 'no' : `an ${standing}`.replace('an d', 'a d')
}
