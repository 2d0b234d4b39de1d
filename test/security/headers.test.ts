import { expect } from 'chai'
import { aCast, type Cast } from '../support/actors.ts'
import { aPortalUser, OWN_PASSWORD } from '../support/people.ts'
import { wire } from '../support/wire.ts'
import { aWorld, STAFF_PASSWORD, type World } from '../support/world.ts'

const CSP = [
  "base-uri 'none'",
  "connect-src 'self'",
  "default-src 'none'",
  "font-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "img-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
]

describe('Every answer', () => {
  let cast: Cast
  before(async () => {
    cast = await aCast()
  })
  after(() => cast.world.end())

  for (const path of [
    '/',
    '/accessibility',
    '/assets/app.css',
    '/nothing-here',
    '/staff/sign-in',
    '/portal/sign-in',
    '/staff/contacts/999',
    '/%E0%A4%A',
  ]) {
    it(`tells browsers to run and frame nothing of others: ${path}`, async () => {
      const { headers } = await wire(cast.world, { path })

      const rules = String(headers['content-security-policy']).split(';')
      expect(rules.toSorted()).to.deep.equal(CSP)
      expect(headers['x-content-type-options']).to.equal('nosniff')
      expect(headers['x-frame-options']).to.equal('DENY')
      expect(headers['referrer-policy']).to.equal('same-origin')
      expect(headers['cross-origin-opener-policy']).to.equal('same-origin')
      expect(headers).not.to.have.any.keys('x-powered-by', 'server', 'strict-transport-security')
    })
  }

  it('of a page or a download is kept by nobody', async () => {
    const { admin, portalUser, anonymous } = cast.browsers

    const replies = [
      await admin.raw('GET', '/staff/contacts'),
      await admin.raw('GET', '/staff/contacts/export.csv'),
      await admin.raw('GET', '/staff/contacts/999'),
      await portalUser.raw('GET', '/portal/home'),
      await anonymous.raw('GET', '/staff/sign-in'),
    ]

    expect(replies.map(reply => reply.headers.get('cache-control'))).to.deep.equal(Array(5).fill('no-store'))
  })

  it('to signing out makes the browser forget', async () => {
    const admin = await cast.world.signedInStaff('admin')
    const token = admin.$('input[name=_csrf]').first().attr('value') ?? ''

    const reply = await admin.raw('POST', '/staff/sign-out', { body: new URLSearchParams({ _csrf: token }) })

    expect(reply.headers.get('clear-site-data')).to.equal('"cache", "storage"')
  })

  it('of another name than ours is that it is served elsewhere', async () => {
    for (const host of ['evil.example', 'localhost.evil.example', 'evil.example:80', 'localhost@evil.example']) {
      const reply = await wire(cast.world, { path: '/staff/sign-in', headers: { host } })
      expect(reply.status, host).to.be.oneOf([421, 400])
      expect(reply.text).not.to.include('evil')
    }
    const asked = await wire(cast.world, { path: '/health', headers: { host: 'evil.example' } })
    expect(asked.status).to.equal(200)
  })

  it('follows no forwarded name', async () => {
    const headers = { 'x-forwarded-host': 'evil.example', 'x-host': 'evil.example', forwarded: 'host=evil.example' }

    const reply = await wire(cast.world, { path: '/staff/contacts', headers })

    expect(reply.headers.location).to.equal('/staff/sign-in?next=%2Fstaff%2Fcontacts')
  })

  for (const method of ['PUT', 'DELETE', 'PATCH', 'TRACE', 'OPTIONS', 'PROPFIND']) {
    it(`to ${method} is that this method is not used`, async () => {
      for (const path of ['/staff/contacts/1', '/portal/home', '/assets/app.css']) {
        const reply = await wire(cast.world, { method, path })
        expect(reply.status, path).to.equal(405)
        expect(reply.headers.allow).to.equal('GET, HEAD, POST')
      }
    })
  }

  it('to an address nobody can read is 400 at most, never a failure of ours', async () => {
    const { admin, portalUser } = cast.browsers

    for (const path of ['/staff/contacts/%ZZ', '/staff/emails/%', '/staff/imports/%E0%A4%A/columns'])
      expect((await admin.raw('GET', path)).status, path).to.equal(400)
    expect((await portalUser.raw('GET', '/portal/portals/%C0%AE')).status).to.equal(400)
    expect((await wire(cast.world, { path: '/%E0%A4%A' })).status).to.equal(404)
  })

  it('to an address outside the folder of assets holds none of our files', async () => {
    for (const path of [
      '/assets/../package.json',
      '/assets/..%2fpackage.json',
      '/assets/%2e%2e/package.json',
      '/assets/..%5cpackage.json',
      '/assets/',
      '/.git/config',
      '/assets/%00',
    ])
      expect((await wire(cast.world, { path })).status, path).to.be.oneOf([400, 403, 404])
  })
})

describe('Cookies', () => {
  for (const [what, baseUrl, names] of [
    [
      'plain names without HTTPS',
      undefined,
      ['portico_staff', 'portico_staff_form', 'portico_portal', 'portico_portal_form'],
    ],
    [
      'names and flags that only HTTPS gives',
      'https://portal.example.com',
      ['__Host-portico_staff', '__Host-portico_staff_form', '__Host-portico_portal', '__Host-portico_portal_form'],
    ],
  ] as const) {
    it(`have ${what}, and are out of reach of scripts and other sites`, async () => {
      const world = await aWorld(baseUrl ? { baseUrl } : {})
      try {
        const lines = [...(await signInByWire(world, 'staff')), ...(await signInByWire(world, 'portal'))]

        expect(new Set(lines.map(line => line.split('=')[0]))).to.have.all.keys(...names)
        for (const line of lines) {
          expect(line)
            .to.match(/; HttpOnly/)
            .and.match(/; SameSite=Lax/)
            .and.match(/; Path=\/(;|$)/)
          expect(line).not.to.match(/; Domain/)
          expect(/; Secure/.test(line), line).to.equal(baseUrl !== undefined)
        }
      } finally {
        await world.end()
      }
    })
  }
})

/** Signs in as a program would, and gives every Set-Cookie line on the way. */
async function signInByWire(world: World, face: 'staff' | 'portal'): Promise<string[]> {
  const { hostname, protocol } = new URL(world.config.baseUrl)
  const from = { host: hostname, 'x-forwarded-proto': protocol.replace(':', '') }
  const who =
    face === 'staff'
      ? { email: (await world.aStaff('Rosa Marsh')).email, password: STAFF_PASSWORD }
      : { username: (await aPortalUser(world, { name: 'Ada Okafor' })).username, password: OWN_PASSWORD }
  const page = await wire(world, { path: `/${face}/sign-in`, headers: from })
  const given = page.headers['set-cookie'] ?? []
  const token = /name="_csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const cookie = given.map(line => line.split(';')[0]).join('; ')
  const reply = await wire(world, {
    method: 'POST',
    path: `/${face}/sign-in`,
    headers: { ...from, cookie, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ ...who, _csrf: token }).toString(),
  })
  expect(reply.status).to.equal(303)
  if (protocol === 'https:') expect(page.headers['strict-transport-security']).to.match(/max-age=31536000/)
  return [...given, ...(reply.headers['set-cookie'] ?? [])]
}
