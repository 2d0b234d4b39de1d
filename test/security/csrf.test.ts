import { expect } from 'chai'
import { addressOf, aCast, everything, filled, send, settled, tokenFor, type Cast } from '../support/actors.ts'
import type { Browser, Fields } from '../support/browser.ts'
import { describeOn } from '../support/engine.ts'
import { ACTORS, forms, type ActorName, type MatrixRow } from '../support/matrix.ts'
import { multipart } from '../support/multipart.ts'
import type { Reply } from '../support/site-client.ts'

const SAME = { 'sec-fetch-site': 'same-origin' }

/** What a forged form lacks; `own` is the good token of this browser, `other` that of another session. */
const FORGERIES: [
  what: string,
  token: (own: string, other: string) => string | null,
  headers: Record<string, string>,
][] = [
  ['no token', () => null, SAME],
  ['an empty token', () => '', SAME],
  ['a wrong token', own => own.replace(/^./, first => (first === '0' ? '1' : '0')), SAME],
  ['the token of another session', (_own, other) => other, SAME],
  ['a good token from another site', own => own, { 'sec-fetch-site': 'cross-site' }],
  ['a good token from a neighbour of this site', own => own, { 'sec-fetch-site': 'same-site' }],
  ['a good token from another origin', own => own, { origin: 'https://evil.example' }],
  ['a good token from no origin', own => own, { origin: 'null' }],
]

// What is refused before anything is read does not depend on the engine.
describeOn('sqlite')('A forged form', () => {
  let cast: Cast
  before(async function () {
    this.timeout(120_000)
    cast = await aCast()
  })
  after(() => cast.world.end())

  const tokens = new Map<string, string>()
  async function tokenOf(actor: ActorName, { face }: MatrixRow): Promise<string> {
    const known = tokens.get(`${actor} ${face}`) ?? (await tokenFor(cast.browsers[actor], face))
    tokens.set(`${actor} ${face}`, known)
    return known
  }

  for (const [what, token, headers] of FORGERIES) {
    it(`changes nothing anywhere with ${what}`, async () => {
      const before = await everything(cast.world)

      const wrong: string[] = []
      for (const row of forms) {
        const actor = sender(row)
        const given = token(await tokenOf(actor, row), await tokenOf(stranger(row), row))
        const reply = await sendWith(cast, row, { ...(given !== null && { _csrf: given }) }, headers)
        if (reply.status !== 403) wrong.push(`${row.path}: ${String(reply.status)}`)
      }

      expect(wrong).to.deep.equal([])
      expect(await everything(cast.world)).to.deep.equal(before)
    }).timeout(120_000)
  }

  it('has not the token of another session, be its cookie there too', async () => {
    const { admin, manager } = cast.browsers
    const stolen = await tokenFor(manager, 'staff')
    const cookie = `portico_staff=${value(admin, 'portico_staff')}; portico_staff_form=${value(manager, 'portico_staff_form')}`

    const body = new URLSearchParams({ _csrf: stolen, name: 'Forged' })
    const reply = await cast.world.browser().raw('POST', '/staff/portals', { headers: { ...SAME, cookie }, body })

    expect(reply.status).to.equal(403)
  })

  it('is not understood as a file where no file is asked for', async () => {
    const before = await everything(cast.world)

    const wrong: string[] = []
    for (const row of forms.filter(form => !form.upload)) {
      const actor = sender(row)
      const fields = { _csrf: await tokenOf(actor, row) }
      const { headers, body } = multipart(Object.entries(fields))
      const reply = await cast.browsers[actor].raw('POST', addressOf(cast, row, actor), {
        headers: { ...SAME, ...headers },
        body,
      })
      if (reply.status !== 415) wrong.push(`${row.path}: ${String(reply.status)}`)
    }

    expect(wrong).to.deep.equal([])
    expect(await everything(cast.world)).to.deep.equal(before)
  }).timeout(120_000)

  it('is told from a form of a text browser, which sends the token and no more', async () => {
    const wrong: string[] = []
    for (const row of forms.filter(form => !form.path.endsWith('/sign-out'))) {
      const token = await tokenFor(cast.browsers[sender(row)], row.face)
      const reply = await sendWith(cast, row, { _csrf: token }, {})
      if (reply.status === 403 || reply.status === 415 || reply.status >= 500)
        wrong.push(`${row.path}: ${String(reply.status)}`)
    }
    await settled(cast.world)

    expect(forms).to.have.length.above(25)
    expect(wrong).to.deep.equal([])
  }).timeout(120_000)
})

/** Somebody to whom the form is open. */
function sender(row: MatrixRow): ActorName {
  if (row.path === '/portal/choose-password') return 'temporaryPassword'
  const order: ActorName[] = ['anonymous', 'admin', 'portalUser', ...ACTORS]
  return order.find(actor => ['open', 'ok'].includes(row.answers[actor])) ?? 'admin'
}

function sendWith(cast: Cast, row: MatrixRow, token: Fields, headers: Record<string, string>): Promise<Reply> {
  const actor = sender(row)
  const fields = { ...filled(row.body ?? {}, cast.things(actor)), ...token }
  return send(cast.browsers[actor], row, addressOf(cast, row, actor), fields, headers)
}

/** Somebody else who has tokens of that face. */
function stranger({ face }: MatrixRow): ActorName {
  return face === 'portal' ? 'disabledPortalUser' : 'viewer'
}

function value(browser: Browser, cookie: string): string {
  return browser.cookies.value(cookie) ?? ''
}
