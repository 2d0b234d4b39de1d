import { expect } from 'chai'
import { contrast, contrastOnPaper, darkShades, LEAST_CONTRAST, lightShades } from '../../src/core/settings/colours.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

const PAGE = '/staff/portal-settings'
const COLOUR = 'Colour of links and buttons (optional)'
const OURS = '/assets/app.css'
const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

describe('The look of the portal', () => {
  let world: World
  let admin: Browser
  let customer: Browser
  before(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
    customer = world.browser()
  })
  after(() => world.end())
  beforeEach(async () => {
    await admin.open(PAGE)
  })

  async function styles(path: string, browser = customer): Promise<string[]> {
    await browser.open(path)
    const links = browser.$('link[rel=stylesheet]').toArray()
    return links.map(link => browser.$(link).attr('href') ?? '')
  }

  it('is ours until the office has a colour', async () => {
    expect(await styles('/portal/sign-in')).to.deep.equal([OURS])
    const empty = await customer.raw('GET', '/portal/brand.css')

    expect([empty.status, empty.text, empty.headers.get('cache-control')]).to.deep.equal([200, '', 'no-store'])
  })

  it('takes the colour of the office, on the customers’ pages only', async () => {
    admin.fill(COLOUR, '#7A1F5C')
    await admin.press('Save colour')
    expect(admin.text).to.include('The portal now has the colour #7a1f5c.')

    const [, own = ''] = await styles('/portal/sign-in')
    const style = await customer.raw('GET', own)
    expect(style.headers.get('content-type')).to.equal('text/css; charset=utf-8')
    expect(style.headers.get('cache-control')).to.equal('public, max-age=31536000, immutable')
    expect(style.headers.get('x-content-type-options')).to.equal('nosniff')
    expect(style.headers.has('set-cookie')).to.equal(false)
    expect(style.text).to.include('--accent: light-dark(#7a1f5c, #')
    expect(await styles('/staff/settings', admin)).to.deep.equal([OURS])
  })

  it('has another address with another colour, and keeps nothing under the old one', async () => {
    const [, before = ''] = await styles('/portal/sign-in')
    admin.fill(COLOUR, '#004400')
    await admin.press('Save colour')

    const [, after = ''] = await styles('/portal/sign-in')
    const old = await customer.raw('GET', before)

    expect(after).not.to.equal(before)
    expect(old.headers.get('cache-control')).to.equal('no-store')
  })

  for (const [what, typed, message] of [
    ['is none', 'teal', 'Enter a colour like #12545a'],
    ['would end the rule', '#123456}', 'Enter a colour like #12545a'],
    [
      'nobody can read',
      '#ffcc00',
      /^Choose a darker colour than #ffcc00: .* 1\.\d to 1 on a light page, and need 4\.5 to 1$/,
    ],
  ] as const) {
    it(`refuses a colour that ${what}`, async () => {
      admin.fill(COLOUR, typed)
      await admin.press('Save colour')

      expect(admin.status).to.equal(422)
      expect(admin.errors()).to.have.length(1)
      expect(admin.errors()[0]).to.match(typeof message === 'string' ? new RegExp(`^${message}$`) : message)
      expect(admin.$('#colour').attr('value')).to.equal(typed)
    })
  }

  it('can be read in every colour that is taken, in light and in dark', () => {
    const parts = [0, 51, 102, 153, 204, 255].map(part => part.toString(16).padStart(2, '0'))
    const all = parts.flatMap(red => parts.flatMap(green => parts.map(blue => `#${red}${green}${blue}`)))
    const taken = all.filter(colour => contrastOnPaper(colour) >= LEAST_CONTRAST)

    const poor = taken.flatMap(colour => {
      const [light, dark] = [lightShades(colour), darkShades(colour)]
      const pairs = [
        ...[light.wash, '#ffffff', '#f5f4f0', '#faf9f6'].map(ground => [light.accent, ground]),
        ...['#ffffff', '#f5f4f0'].map(ground => [light.strong, ground]),
        ...[dark.wash, '#1a1e21', '#121517', '#15191b'].map(ground => [dark.accent, ground]),
        ...['#1a1e21', '#121517'].map(ground => [dark.strong, ground]),
        ...[light, dark].flatMap(shades => [
          [shades.on, shades.accent],
          [shades.on, shades.strong],
        ]),
        ['#1a1f24', light.wash],
        ['#eceae4', dark.wash],
      ] as [string, string][]
      return pairs.filter(([text, ground]) => contrast(text, ground) < LEAST_CONTRAST).map(pair => [colour, ...pair])
    })

    expect(taken).to.have.length.above(60)
    expect(poor).to.deep.equal([])
  })
})

describe('The logo of the portal', () => {
  let world: World
  let admin: Browser
  let customer: Browser
  beforeEach(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
    customer = world.browser()
    await admin.open(PAGE)
  })
  afterEach(() => world.end())

  async function choose(filename: string, content: Buffer | string): Promise<void> {
    admin.attach(admin.$('label[for=file]').text(), filename, content, 'image/png')
    await admin.press('Save logo')
  }

  async function shown(): Promise<string> {
    await customer.open('/portal/sign-in')
    return customer.$('.brand img').attr('src') ?? ''
  }

  it('stands in the place of the name, says it, and is kept by browsers until it changes', async () => {
    await choose('Logo.PNG', PNG)
    expect(admin.text).to.include('The portal has a new logo.')

    const address = await shown()
    expect(customer.$('.brand img').attr('alt')).to.equal('Harbour & Finch client portal')
    expect(customer.title).to.match(/ – Harbour & Finch client portal$/)
    const logo = await customer.raw('GET', address)
    expect(logo.body.equals(PNG)).to.equal(true)
    expect(Object.fromEntries(logo.headers)).to.include({
      'content-type': 'image/png',
      'content-disposition': 'attachment; filename="logo.png"',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'public, max-age=31536000, immutable',
    })
    expect(logo.headers.has('set-cookie')).to.equal(false)
    const plain = await customer.raw('GET', '/portal/logo')
    expect(plain.headers.get('cache-control')).to.equal('no-store')

    await choose('logo.jpg', Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), PNG]))
    expect(await shown()).not.to.equal(address)
  })

  it('is removed, twice if need be, and its name stands there again', async () => {
    await choose('logo.webp', 'RIFF\0\0\0\0WEBPVP8 and so on')
    const address = await shown()

    await admin.press('Remove logo')
    expect(admin.text).to.include('The logo is removed')
    await admin.post(`${PAGE}/logo/removal`, {})

    expect(await shown()).to.equal('')
    expect((await customer.raw('GET', address)).status).to.equal(404)
    expect(await world.db('audit_events').where({ action: 'portal-settings.changed' })).to.have.length(2)
  })

  for (const [what, filename, content, message] of [
    [
      'is no picture we take',
      'logo.svg',
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      'Choose a picture whose name ends in .png, .jpg, .jpeg or .webp',
    ],
    ['has no ending', '__proto__', PNG, 'Choose a picture whose name ends in .png, .jpg, .jpeg or .webp'],
    [
      'only says it is one',
      'logo.png',
      '<script>alert(1)</script>',
      'This file is not the kind of picture its name says. Save it as PNG and choose it again',
    ],
    [
      'is of another kind',
      'logo.webp',
      PNG,
      'This file is not the kind of picture its name says. Save it as PNG and choose it again',
    ],
    [
      'is empty',
      'logo.jpg',
      '',
      'This file is not the kind of picture its name says. Save it as PNG and choose it again',
    ],
    ['is too big', 'logo.png', Buffer.concat([PNG, Buffer.alloc(204_800)]), 'Choose a picture of at most 200 kB'],
  ] as const) {
    it(`refuses a file that ${what}`, async () => {
      await choose(filename, content)

      expect(admin.status).to.be.oneOf([413, 422])
      expect(admin.errors()).to.deep.equal([message])
      expect(await shown()).to.equal('')
    })
  }

  it('has to be chosen', async () => {
    await admin.press('Save logo')

    expect(admin.errors()).to.deep.equal(['Choose a picture'])
  })
})
