import { expect } from 'chai'
import type { Suite } from 'mocha'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { loadSmallOfficePortals } from '../../seeds/small-office-portals.ts'
import { loadSmallOffice, smallOfficeSignIns } from '../../seeds/small-office.ts'
import { axeFindings } from '../support/accessibility.ts'
import { launchChromium } from '../support/chromium.ts'
import { describeOn } from '../support/engine.ts'
import { tokenOf } from '../support/invitations.ts'
import { aPortalUser, OWN_PASSWORD } from '../support/people.ts'
import { codeOf } from '../support/second-factor.ts'
import { aWorld, type World } from '../support/world.ts'

const FOR_STRANGERS = [
  '/staff/sign-in',
  '/portal/sign-in',
  '/portal/forgot',
  '/accessibility',
  '/portal/nothing-here',
  '/portal/invitations/{token}',
  '/portal/invitations/unknown',
]
const FOR_STAFF = [
  '/staff/contacts',
  '/staff/contacts?q=harbour&type=client&state=signed-in&size=100',
  '/staff/contacts?q=nobody-has-this-name',
  '/staff/contacts/1',
  '/staff/contacts/2/change',
  '/staff/contacts/new',
  '/staff/contacts/export',
  '/staff/companies',
  '/staff/companies/7',
  '/staff/companies/new',
  '/staff/portals',
  '/staff/portal-settings',
  '/staff/portals/1',
  '/staff/portal-users',
  '/staff/portal-users?q=nobody-has-this-name',
  '/staff/portal-users/new',
  '/staff/portal-users/1',
  '/staff/portal-users/1/resend',
  '/staff/portal-users/delete?id=1',
  '/staff/roles',
  '/staff/roles/1',
  '/staff/roles/1/delete',
  '/staff/settings',
  '/staff/system',
  '/staff/import-export',
  '/staff/imports',
  '/staff/emails',
  '/staff/password',
  '/staff/second-factor',
  '/staff/second-factor/set-up',
  '/staff/notifications',
  '/staff/team',
  '/staff/sessions',
  '/staff/activity',
  '/staff/products',
  '/staff/client-portals',
  '/staff/client-portals/4/documents',
  '/staff/client-portals/4/documents/folders/1',
  '/staff/invitations',
  '/staff/invitations/1',
  '/staff/invitations/1/permissions',
  '/staff/invitations/1/folder-permissions',
  '/staff/import-center',
  '/staff/import-center/invitations',
]
const FOR_CUSTOMERS = [
  '/portal/home',
  '/portal/portals/client-portal',
  '/portal/portals/{own}',
  '/portal/portals/{own}/details',
  '/portal/portals/{own}/details/change',
  '/portal/portals/{own}/documents',
  '/portal/portals/{own}/people',
  '/portal/portals/{own}/people/new',
  '/portal/password',
  '/portal/email',
  '/portal/second-factor',
  '/portal/second-factor/set-up',
  '/portal/sessions',
]

const VIEWPORT = { width: 1280, height: 4000 }

/** Nothing that axe finds, in light and dark, and no wider than 320 pixels where the screen is not. */
async function isForEverybody(page: Page): Promise<void> {
  expect(await axeFindings(page)).to.deep.equal([])
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await axeFindings(page, OF_COLOURS), 'in the dark').to.deep.equal([])
  await page.setViewportSize({ width: 320, height: 4000 })
  expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(320)
  await page.setViewportSize(VIEWPORT)
  await page.emulateMedia({ colorScheme: 'light' })
}

/** All else is the same in the dark. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

// How a page looks and is read does not depend on the engine behind it: the slowest suite runs on one of them.
describeOn('sqlite')('Every page, for eyes, keyboards and screen readers', function (this: Suite) {
  this.timeout(120_000)
  let world: World
  let browser: Browser
  let ownSlug: string
  let token: string
  before(async () => {
    world = await aWorld()
    await loadSmallOffice(world.db, world.deps.passwords, world.now())
    await loadSmallOfficePortals(world.db, world.config, world.now())
    const own = await world.db('portals').where({ kind: 'contact' }).first<{ slug: string }>('slug')
    ownSlug = own.slug
    token = await tokenOf(world, 1)
    browser = await launchChromium()
  })
  after(async () => {
    await browser.close()
    await world.end()
  })

  async function signedIn(who: string): Promise<[BrowserContext, Page]> {
    const context = await browser.newContext({ baseURL: world.base, viewport: VIEWPORT, reducedMotion: 'reduce' })
    const page = await context.newPage()
    const signIn = smallOfficeSignIns().find(each => each.who.startsWith(who))
    if (!signIn) return [context, page]
    await page.goto(`${signIn.address}/sign-in`)
    await page.getByRole('textbox').first().fill(signIn.name)
    await page.getByLabel('Password', { exact: true }).fill(signIn.password)
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
    return [context, page]
  }

  const visits: [who: string, addresses: string[]][] = [
    ['nobody', FOR_STRANGERS],
    ['Rosa Marsh', FOR_STAFF],
    ['Adaeze Okafor', FOR_CUSTOMERS],
  ]

  const open = (page: Page, address: string) => page.goto(address.replace('{own}', ownSlug).replace('{token}', token))

  for (const [who, addresses] of visits) {
    describe(`For ${who}`, () => {
      let context: BrowserContext
      let page: Page
      before(async () => {
        ;[context, page] = await signedIn(who)
      })
      after(() => context.close())

      for (const address of addresses) {
        it(`${address} has nothing that axe finds, in light and dark, and fits 320 pixels`, async () => {
          expect((await open(page, address))?.status()).to.be.oneOf([200, 404])
          await isForEverybody(page)
        })
      }
    })
  }

  it('the pages of a second factor that only an own step leads to are as good: recovery codes, the code', async () => {
    await aPortalUser(world, { name: 'Ada Hale' })
    const context = await browser.newContext({ baseURL: world.base, viewport: VIEWPORT, reducedMotion: 'reduce' })
    const page = await context.newPage()
    const signIn = async () => {
      await page.goto('/portal/sign-in')
      await page.getByRole('textbox').first().fill('ada.hale')
      await page.getByLabel('Password', { exact: true }).fill(OWN_PASSWORD)
      await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
    }
    await signIn()
    await page.goto('/portal/second-factor/set-up')
    const key = await page.locator('main code').first().innerText()
    await page.getByLabel('Code from your app').fill(codeOf(world, key))
    await page.getByLabel('Your password').fill(OWN_PASSWORD)
    await page.getByRole('button', { name: 'Turn on the second factor' }).click()
    expect(await page.locator('main li code').count()).to.be.above(5)
    await isForEverybody(page)

    await context.clearCookies()
    await signIn()
    expect(await page.getByLabel('Code').count()).to.equal(1)
    await isForEverybody(page)
    await context.close()
  })

  it('moves focus to the error summary by itself, without script', async () => {
    const context = await browser.newContext({ baseURL: world.base, javaScriptEnabled: false })
    const page = await context.newPage()
    await page.goto('/staff/sign-in')

    await page.getByRole('button', { name: 'Sign in' }).click()

    expect(await page.locator(':focus').getAttribute('class')).to.equal('error-summary')
    await context.close()
  })

  it('shows where the keyboard is, and hides nothing of it under the action bar', async () => {
    const [context, page] = await signedIn('Rosa Marsh')
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.goto('/staff/contacts?size=50')

    for (let step = 0; step < 70; step += 1) {
      await page.keyboard.press('Tab')
      const covered = await page.evaluate(`(() => {
        const e = document.activeElement, r = e.getBoundingClientRect()
        const bar = document.querySelector('.act').getBoundingClientRect()
        const ringless = getComputedStyle(e).outlineStyle === 'none' && e !== document.body
        const hidden = !e.closest('.act') && r.top >= bar.top && r.bottom <= bar.bottom
        return ringless || hidden ? e.outerHTML : ''
      })()`)
      expect(covered).to.equal('')
    }
    await context.close()
  })

  it('asks no other host for anything, and breaks none of its own content rules', async () => {
    const [context, page] = await signedIn('Rosa Marsh')
    const strays: string[] = []
    page.on('request', request => void (request.url().startsWith(world.base) || strays.push(request.url())))
    page.on('console', message => void (message.type() === 'error' && strays.push(message.text())))

    for (const address of FOR_STAFF) await page.goto(address)

    expect(strays).to.deep.equal([])
    await context.close()
  })
})
