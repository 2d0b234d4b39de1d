import { expect } from 'chai'
import { contrast, contrastOnPaper, darkShades, LEAST_CONTRAST, lightShades } from '../../src/core/settings/colours.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

const PAGE = '/staff/portal-settings'
const COLOUR = 'Colour of links and buttons (optional)'
const OURS = '/assets/app.css'

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
