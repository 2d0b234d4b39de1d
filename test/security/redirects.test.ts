import { expect } from 'chai'
import { aWorld, type World } from '../support/world.ts'

const ELSEWHERE = [
  'https://evil.example',
  'http://evil.example/staff',
  '//evil.example',
  '///evil.example',
  '////evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '\\/evil.example',
  '/\t/evil.example',
  '\t//evil.example',
  ' //evil.example',
  '/%09/evil.example',
  '/%2f%2fevil.example',
  '/%5cevil.example',
  'https:evil.example',
  'https:/evil.example',
  'HTTPS://EVIL.EXAMPLE',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  '/staff/../portal',
  '/staff/../../portal/home',
  '/staff/%2e%2e/portal',
  '/staff/..%2f..%2fportal',
  '/portal',
  '/portal/home',
  '/staffx',
  '/staff@evil.example',
  '/staff.evil.example',
  '/staff:80@evil.example',
  '@evil.example',
  '.evil.example',
  '/staff\r\nLocation: https://evil.example',
  '/staff%0d%0aSet-Cookie:a=b',
  '/staff\u0000',
  '/；//evil.example',
  '〱evil.example',
  '//evil.example/%2f..',
  '/staff//evil.example/..//..//evil.example',
  'http://localhost@evil.example',
  'http://localhost:1/staff',
  '/.//evil.example',
  '/staff/..//evil.example',
  '?next=//evil.example',
  '',
  `/staff?${'x'.repeat(3000)}`,
]

describe('The page after signing in', () => {
  let world: World
  before(async () => {
    world = await aWorld()
  })
  after(() => world.end())

  for (const next of ELSEWHERE) {
    it(`is one of ours in spite of “${next.slice(0, 40).replace(/[^ -~]/g, '·')}”`, async () => {
      const { email, password } = await world.aStaff(`Rosa ${String(Math.random()).slice(2)}`)
      const browser = world.browser()
      await browser.open(`/staff/sign-in?next=${encodeURIComponent(next)}`)
      const kept = browser.$('input[name=next]').attr('value') ?? ''

      for (const given of [next, kept]) {
        const fields = {
          email,
          password,
          next: given,
          _csrf: String(browser.$('input[name=_csrf]').first().attr('value')),
        }
        const reply = await world.browser().raw('POST', '/staff/sign-in', {
          headers: { cookie: `portico_staff_form=${browser.cookies.value('portico_staff_form') ?? ''}` },
          body: new URLSearchParams(fields),
        })
        const to = new URL(reply.headers.get('location') ?? 'nowhere:', world.base)
        expect(reply.status).to.equal(303)
        expect(to.origin).to.equal(world.base)
        expect(to.pathname).to.match(/^\/staff(\/|$)/)
        expect(reply.headers.getSetCookie().join()).not.to.match(/\ba=b/)
      }
    })
  }
})
