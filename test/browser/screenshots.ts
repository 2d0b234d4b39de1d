import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Page } from 'playwright-core'
import { loadSmallOfficePortals } from '../../seeds/small-office-portals.ts'
import { loadSmallOffice, smallOfficeSignIns, type SignIn } from '../../seeds/small-office.ts'
import { projectRoot } from '../../src/root.ts'
import { launchChromium } from '../support/chromium.ts'
import { aWorld } from '../support/world.ts'

/* `npm run screenshots`: the pictures of the README, taken from the world small office with scripts off. */

const FOLDER = path.join(projectRoot, 'seeds', 'screenshots')
const SHEET = `Name,Email,Company,Username,Password,Portals
Alun Griffiths,alun.griffiths@harbourside.example,Harbourside Foods,alun.griffiths@harbourside.example,welcome-2026,Client portal; Orders
Zoë Quist,zoe@quist.example,Quist & Co,zoe@quist.example,welcome-2026,Client portal
Ivo Marsh,ivo.marsh@brightwater,Brightwater Plumbing,ivo,welcome-2026,Orders
Leila Haddad,leila.haddad@angstrom.example,Ångström Lighting,leila,welcome-2026,Clinet portal
`

const world = await aWorld()
await loadSmallOffice(world.db, world.deps.passwords, world.now())
await loadSmallOfficePortals(world.db, world.config, world.now())
mkdirSync(FOLDER, { recursive: true })
const browser = await launchChromium()
const context = await browser.newContext({
  baseURL: world.base,
  javaScriptEnabled: false,
  viewport: { width: 1280, height: 900 },
})
const page = await context.newPage()

await signIn(page, 'Rosa Marsh')
await page.goto('/staff/contacts?size=10')
for (const name of ['Adaeze Okafor', 'Agnes Bell', 'Beatriz Nogueira', 'Bjørn Halvorsen'])
  await page.getByLabel(`Select ${name}`).check()
await take('contacts')
await page.getByRole('button', { name: 'Bulk Actions' }).click()
await page.getByLabel('Client portal').check()
await page.getByLabel('Orders').check()
await page.getByRole('button', { name: 'Continue' }).click()
await take('plan')
await page.goto('/staff/import-export')
await page
  .getByLabel('Choose File')
  .setInputFiles({ name: 'new-customers.csv', mimeType: 'text/csv', buffer: Buffer.from(SHEET) })
await page.getByRole('button', { name: 'Import' }).click()
await page.getByRole('button', { name: 'Check the file' }).click()
await take('import-check')
await context.clearCookies()
await signIn(page, 'Adaeze Okafor')
await take('portal-home')
await browser.close()
await world.end()
process.exit(0)

async function signIn(into: Page, who: string): Promise<void> {
  const known = smallOfficeSignIns().find(each => each.who.startsWith(who)) as SignIn
  await into.goto(`${known.address}/sign-in`)
  await into.getByRole('textbox').first().fill(known.name)
  await into.getByLabel('Password', { exact: true }).fill(known.password)
  await into.getByRole('main').getByRole('button', { name: 'Sign in' }).click()
}

/**
 * A picture of the whole page: the window is made as tall as the page, so that the action bar stands where it belongs.
 */
async function take(name: string): Promise<void> {
  const height = Number(await page.evaluate('document.documentElement.scrollHeight'))
  await page.setViewportSize({ width: 1280, height })
  await page.screenshot({ path: path.join(FOLDER, `${name}.png`) })
  await page.setViewportSize({ width: 1280, height: 900 })
}
