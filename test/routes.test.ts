import { expect } from 'chai'
import { createApp } from '../src/app.ts'
import { portalFace } from '../src/web/portal/index.ts'
import { staffFace } from '../src/web/staff/index.ts'
import {
  addressOf,
  aCast,
  allNames,
  ask,
  everything,
  lastLine,
  rememberedTokens,
  settled,
  toldRefusals,
  type Cast,
} from './support/actors.ts'
import {
  ACTORS,
  hiddenRoutersIn,
  matrix,
  routesOf,
  type ActorName,
  type Answer,
  type MatrixRow,
} from './support/matrix.ts'
import type { Reply } from './support/site-client.ts'

const ALLOWED: Answer[] = ['ok', 'open']

describe('The authorization table', () => {
  let cast: Cast
  before(async function () {
    this.timeout(120_000)
    cast = await aCast()
  })
  after(() => cast.world.end())

  it('names every page there is, and no page that is gone', () => {
    const deps = { ...cast.world.deps, wakeWorker: () => undefined }
    const app = createApp(deps)
    const faces = [...routesOf(staffFace(deps), '/staff'), ...routesOf(portalFace(deps), '/portal')]

    const there = [...routesOf(app.router, ''), 'GET /assets', ...faces]
    const named = matrix.map(row => `${row.method} ${row.path}`)

    expect(
      there.filter(route => !named.includes(route)),
      'not in the table',
    ).to.deep.equal([])
    expect(
      named.filter(route => !there.includes(route)),
      'in the table only',
    ).to.deep.equal([])
    expect(new Set(matrix.map(row => row.id)).size, 'ids').to.equal(matrix.length)
  })

  it('can see every page: no router hides inside a face', () => {
    const deps = { ...cast.world.deps, wakeWorker: () => undefined }

    expect(hiddenRoutersIn(staffFace(deps))).to.deep.equal([])
    expect(hiddenRoutersIn(portalFace(deps))).to.deep.equal([])
    expect(hiddenRoutersIn(createApp(deps).router)).to.have.length(2)
  })

  it('asks for each page at an address of that page', () => {
    const astray = matrix.filter(({ path, at = path }) => {
      const pattern = new RegExp(`^${path.replace(/:\w+/g, '[^/]+')}(/app\\.css)?$`)
      return !pattern.test(at.split('?')[0] ?? '')
    })

    expect(astray.map(row => row.id)).to.deep.equal([])
  })

  it('has an answer for everybody in every row, more than two thousand in all', () => {
    const cells = matrix.flatMap(row => ACTORS.map(actor => row.answers[actor]))

    expect(cells.filter(Boolean)).to.have.length(matrix.length * ACTORS.length)
    expect(cells).to.have.length.above(2000)
  })

  for (const actor of ACTORS) {
    it(`refuses ${spoken(actor)} what is not for them, and changes nothing then`, async () => {
      const refused = matrix.filter(row => !ALLOWED.includes(row.answers[actor]))
      const names = await namesNotInFrame(cast, actor)
      const how = { tokenOf: rememberedTokens(), unruled: true }
      const [before, told] = [await everything(cast.world), await lastLine(cast.world)]

      const wrong: string[] = []
      for (const row of refused) {
        const reply = await ask(cast, row, actor, how)
        if (!isRefusal(reply, row, actor)) wrong.push(`${cell(row, actor)}, is ${said(reply)}`)
        const shown = reply.status === 422 ? [] : names.filter(name => reply.text.includes(name))
        if (shown.length > 0) wrong.push(`${cell(row, actor)}, shows ${shown.join()}`)
      }

      expect(wrong).to.deep.equal([])
      expect(await everything(cast.world)).to.deep.equal(before)
      expect(await toldRefusals(cast.world, told)).to.deep.equal(linesFor(cast, actor))
    }).timeout(120_000)
  }

  for (const actor of ACTORS) {
    it(`lets ${spoken(actor)} do what is for them`, async () => {
      const allowed = matrix.filter(row => ALLOWED.includes(row.answers[actor]))

      const wrong: string[] = []
      for (const row of allowed) {
        const reply = await ask(cast, row, actor, { unruled: actor === 'admin' })
        if (!isDone(reply)) wrong.push(`${cell(row, actor)}, is ${said(reply)}`)
      }
      await settled(cast.world)

      expect(allowed).to.have.length.above(3)
      expect(wrong).to.deep.equal([])
    }).timeout(120_000)
  }

  it('takes a cookie of one face for nobody under the name of the other', async () => {
    const { admin, portalUser } = await signedIn(cast)
    const swapped = cast.world.browser()
    swapped.cookies.set('portico_staff', portalUser)
    swapped.cookies.set('portico_portal', admin)

    const replies = [await swapped.raw('GET', '/staff/settings'), await swapped.raw('GET', '/portal/home')]

    expect(replies.map(reply => reply.headers.get('location'))).to.deep.equal([
      '/staff/sign-in?next=%2Fstaff%2Fsettings',
      '/portal/sign-in?next=%2Fportal%2Fhome',
    ])
  })
})

/** The cookie values of an administrator and a customer who are both signed in. */
async function signedIn({ world, browsers }: Cast): Promise<{ admin: string; portalUser: string }> {
  const admin = await world.signedInStaff('admin')
  const customer = browsers.temporaryPassword
  await customer.open('/portal/sign-in')
  customer.fill('Username', 'ada.okafor')
  customer.fill('Password', 'velvet anchor tuesday')
  await customer.press('Sign in')
  expect(customer.path).to.match(/^\/portal\/(home|portals)/)
  return {
    admin: admin.cookies.value('portico_staff') ?? '',
    portalUser: customer.cookies.value('portico_portal') ?? '',
  }
}

/** What a page that refuses must not name: all there is, but for what every page of theirs shows. */
async function namesNotInFrame(cast: Cast, actor: ActorName): Promise<string[]> {
  const pages = ['/staff/nowhere', '/portal/nowhere'].map(page => cast.browsers[actor].raw('GET', page))
  const frame = (await Promise.all(pages)).map(reply => reply.text).join()
  return (await allNames(cast.world)).filter(name => !frame.includes(name))
}

/** One line for each page this actor is refused, the first time they ask for it. */
function linesFor(cast: Cast, actor: ActorName): string[] {
  const first = new Map<string, string>()
  for (const row of matrix.filter(one => one.answers[actor] === '403')) {
    const page = `${row.method} ${row.path}`
    const address = addressOf(cast, row, actor).split('?')[0] ?? ''
    if (!first.has(page)) first.set(page, `${row.method} ${address.replace(/[A-Za-z0-9_-]{43}/g, ':token')}`)
  }
  return [...first.values()].toSorted()
}

function isRefusal(reply: Reply, row: MatrixRow, actor: ActorName): boolean {
  const expected = row.answers[actor]
  const location = reply.headers.get('location')
  if (expected === 'choose-password') return reply.status === 303 && location === '/portal/choose-password'
  if (expected !== 'sign-in') return reply.status === Number(expected)
  const back =
    row.method === 'GET' && row.path !== '/portal'
      ? `?next=${encodeURIComponent(reply.url.pathname + reply.url.search)}`
      : ''
  return reply.status === 303 && location === `/${row.face}/sign-in${back}` && !reply.headers.has('clear-site-data')
}

/** Done, or a form shown again; signing out leads to the door too, and says so. */
function isDone({ status, headers }: Reply): boolean {
  const toDoor = /^\/(staff|portal)\/(sign-in|choose-password)/.test(headers.get('location') ?? '')
  if (toDoor && !headers.has('clear-site-data')) return false
  return status < 500 && status !== 403 && status !== 404
}

function cell(row: MatrixRow, actor: ActorName): string {
  return `${row.id} ${row.method} ${row.path} for ${spoken(actor)} should be ${row.answers[actor]}`
}

function said(reply: Reply): string {
  return `${String(reply.status)} ${reply.headers.get('location') ?? ''}`.trim()
}

function spoken(actor: ActorName): string {
  return actor.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
}
