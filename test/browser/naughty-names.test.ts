import { expect } from 'chai'
import { stringify } from 'csv-stringify/sync'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { addressOf, aCast, settled, tokenFor, type Cast } from '../support/actors.ts'
import { launchChromium } from '../support/chromium.ts'
import { choose } from '../support/contact-files.ts'
import { describeOn } from '../support/engine.ts'
import { matrix, type ActorName } from '../support/matrix.ts'
import { amongNaughtyNames, NAUGHTY, PWNED, SCRIPTS } from '../support/naughty.ts'
import { isFile } from '../support/site-client.ts'

/** All strings in `npm run test:faults`, one in three in `npm test`. */
const EVERY = Number(process.env.FAULT_STRINGS ?? 3)

/** What means something in HTML, our own strings first: they tell when one of them runs. */
const KNOWN = NAUGHTY.filter(string => /[<"'`]|script:/i.test(string)).filter((_, place) => place % EVERY === 0)
const MARKUP = [...SCRIPTS, ...KNOWN].join(' ').replaceAll('\0', '')

/** Their names would be longer than a header may be. */
const DOWNLOADS = /:(documentId|publicId)$|zip$/

/** What people name, and what is told of it. The keys by which names are compared stay as they are. */
const SAID: Record<string, string[]> = {
  companies: ['name', 'phone', 'reference'],
  contacts: ['name', 'phone', 'notes'],
  documents: ['name'],
  emails: ['to_name', 'subject', 'masked_text', 'smtp_response'],
  folders: ['name'],
  imports: ['filename'],
  invitations: ['name', 'message'],
  notifications: ['title', 'body'],
  portal_users: ['name', 'company_name'],
  portals: ['name'],
  products: ['name', 'description'],
  roles: ['name'],
  staff_users: ['name'],
}

// What a browser runs does not depend on the engine.
describeOn('sqlite')('Names made of markup, in Chromium with JavaScript and without our policy', function () {
  this.timeout(180_000)
  let cast: Cast
  let browser: Browser
  before(async () => {
    browser = await launchChromium()
    cast = await aCast()
    await settled(cast.world)
    await nameEverything(cast)
  })
  after(async () => {
    await browser.close()
    await cast.world.end()
  })

  it('run where nothing escapes them', async () => {
    const { page, told } = await opened('admin')

    await page.goto('/staff/password')
    await page.setContent(`${SCRIPTS[0] ?? ''}<script>alert(1)</script><img src="https://evil.example/x.png">`)

    expect(await hasRun(page)).to.equal(true)
    expect(told).to.have.members(['a dialog: 1', 'a request to https://evil.example/x.png'])
    await page.context().close()
  })

  for (const actor of ['admin', 'portalUser', 'anonymous'] as const) {
    it(`run on no page, and ask nobody else for anything: ${actor}`, async () => {
      const { page, told } = await opened(actor)
      const face = { admin: /^staff$/, portalUser: /^portal$/, anonymous: /^(staff|portal)$/ }[actor]
      const rows = matrix.filter(row => row.method === 'GET' && face.test(row.face) && !DOWNLOADS.test(row.path))
      const paths = [...new Set(rows.map(row => addressOf(cast, row, actor)))]

      let shown = 0
      for (const path of paths) {
        const reply = await cast.browsers[actor].raw('GET', path, { unruled: true })
        if (reply.status >= 300 || isFile(reply) || !reply.text.includes(PWNED)) continue // without it none can run
        await page.goto(path)
        await page.mouse.move(300, 300)
        if (reply.text.includes('&lt;script')) shown += 1
        if (await hasRun(page)) told.push(`ran on ${path}`)
      }

      expect(told).to.deep.equal([])
      expect(shown).to.be.above({ admin: 40, portalUser: 8, anonymous: 1 }[actor])
      await page.context().close()
    })
  }

  it('run on no page of an import whose headings, cells and file are made of it', async () => {
    const { page, told } = await opened('admin')
    const staff = await amongNaughtyNames(cast.world)
    const file = stringify([['Name', 'Email', MARKUP], ...SCRIPTS.map(script => [script, script, script])])
    await choose(staff, file, `${SCRIPTS[0] ?? ''}.csv`)
    await page.context().addCookies(cookiesOf(staff))

    for (const button of ['Check the file', 'Cancel this import']) {
      await page.goto(staff.path)
      if (await hasRun(page)) told.push(`ran before ${button}`)
      await staff.press(button)
    }

    expect(told).to.deep.equal([])
    await page.context().close()
  })

  /** A page of somebody, and what it does that it must not. Our own policy would hide what is not escaped. */
  async function opened(actor: ActorName): Promise<{ page: Page; told: string[] }> {
    const context = await browser.newContext({ baseURL: cast.world.base, bypassCSP: true })
    await context.addCookies(cookiesOf(cast.browsers[actor]))
    const page = await context.newPage()
    const told: string[] = []
    page.on('dialog', dialog => {
      told.push(`a dialog: ${dialog.message()}`)
      void dialog.dismiss()
    })
    page.on('pageerror', error => told.push(`an error: ${error.message}`))
    await context.route(
      url => url.origin !== cast.world.base,
      route => {
        told.push(`a request to ${route.request().url()}`)
        return route.abort()
      },
    )
    return { page, told }
  }

  function cookiesOf({ cookies }: Cast['browsers'][ActorName]): Parameters<BrowserContext['addCookies']>[0] {
    return cookies.names().map(name => ({ name, value: cookies.value(name) ?? '', url: cast.world.base }))
  }
})

function hasRun(page: Page): Promise<boolean> {
  return page.evaluate(name => name in globalThis, PWNED)
}

/** Gives everything there is a name of markup, by hand: forms would cut it short. */
async function nameEverything({ world, browsers }: Cast): Promise<void> {
  const { db } = world
  for (const [table, columns] of Object.entries(SAID))
    await db(table).update(Object.fromEntries(columns.map(column => [column, MARKUP])))
  const lines = await db('audit_events').select<{ id: number; data: string | null }[]>()
  for (const { id: _, data, ...line } of lines)
    await db('audit_events').insert({ ...line, once_key: null, data: data && withMarkup(data) })
  const token = await tokenFor(browsers.admin, 'staff')
  for (const [path, fields] of Object.entries({
    name: { portalName: `<script>window.${PWNED}=1</script>` },
    'mails/invitation': { opening: MARKUP.slice(0, 500), closing: MARKUP.slice(0, 500) },
  })) {
    const body = new URLSearchParams({ _csrf: token, ...fields })
    const headers = { 'sec-fetch-site': 'same-origin' }
    await browsers.admin.raw('POST', `/staff/portal-settings/${path}`, { headers, body, unruled: true })
  }
}

/** The data of a line with markup in the place of every name in it. */
function withMarkup(data: string): string {
  return JSON.stringify(JSON.parse(data), (key, value: unknown) =>
    typeof value === 'string' && /name|label|filename|from|to|title|company|subject|text/i.test(key) ? MARKUP : value,
  )
}
