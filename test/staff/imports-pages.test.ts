import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { axeFindings } from '../support/accessibility.ts'
import { launchChromium } from '../support/chromium.ts'
import { describeOn } from '../support/engine.ts'
import { aContact, aPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const FILE = `Name,Email,Company,Username,Password,Portals
Alun Griffiths,alun@harbourside.example,Harbourside Foods,alun@harbourside.example,welcome-2026,Orders
Zoë Quist,zoe@,Quist & Co with quite a long name for a company,zoe,welcome-2026,Odrers
Cal Reyes,cal@x.example,,,,
`

describeOn('postgres')('The pages of an import, for eyes and screen readers', function () {
  this.timeout(60_000)
  let world: World
  let browser: Browser
  before(async () => {
    world = await aWorld()
    browser = await launchChromium()
    await aPortal(world, 'Orders')
    await aContact(world, 'Cal', { email: 'cal@x.example' })
  })
  after(async () => {
    await browser.close()
    await world.end()
  })

  for (const [colorScheme, width] of [
    ['light', 1280],
    ['dark', 320],
  ] as const) {
    it(`have nothing that axe finds, in ${colorScheme} colours and ${String(width)} pixels`, async () => {
      const context = await browser.newContext({ baseURL: world.base, colorScheme, viewport: { width, height: 4000 } })
      const page = await context.newPage()
      await signIn(page, colorScheme)

      await page.goto('/staff/import-export')
      await page.getByRole('button', { name: 'Import' }).click()
      await isSound(page, 'no file')
      await page
        .getByLabel('Choose File')
        .setInputFiles({ name: 'new-customers.csv', mimeType: 'text/csv', buffer: Buffer.from(FILE) })
      await page.getByRole('button', { name: 'Import' }).click()
      await isSound(page, 'columns')
      await page.getByRole('button', { name: 'Check the file' }).click()
      await isSound(page, 'check')
      world.deps.now = () => 0
      const again = page.getByLabel('Import it again')
      if ((await again.count()) > 0) await again.check()
      await page.getByRole('button', { name: 'good row' }).click()
      await isSound(page, 'progress')
      world.deps.now = world.now
      await page.getByRole('link', { name: 'Check progress' }).click()
      await isSound(page, 'result')
      await context.close()
    })
  }

  async function signIn(page: Page, name: string): Promise<void> {
    const { email, password } = await world.aStaff(`Rosa ${name}`)
    await page.goto('/staff/sign-in')
    await page.getByLabel('Email address').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
  }

  async function isSound(page: Page, what: string): Promise<void> {
    expect(await axeFindings(page), what).to.deep.equal([])
    expect(await page.evaluate('document.documentElement.scrollWidth'), what).to.be.at.most(
      page.viewportSize()?.width ?? 0,
    )
  }
})
