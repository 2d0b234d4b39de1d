import { expect } from 'chai'
import { everything, lastLine, tokenFor } from '../support/actors.ts'
import type { Browser, Fields } from '../support/browser.ts'
import { aContactPortal, subscribe } from '../support/contact-portals.ts'
import { aDocument, aFolder, anInvitation, deny } from '../support/documents.ts'
import { multipart } from '../support/multipart.ts'
import { aContact, aPortalUser, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

/** What somebody may do in a portal, and what is there: shown, denied, or of another portal. */
interface Place {
  invite: boolean
  details: boolean
  documents: boolean
  slug: string
  shown: Things
  denied: Things
  foreign: Things
}

interface Things {
  folder: number
  inside: string
  document: string
  invitation: number
}

interface Cell {
  method: string
  path: string
  body?: Fields
  range?: boolean
  expected: number
}

const HOUR_MS = 3_600_000
const FLAGS = [true, false]
const SETS = FLAGS.flatMap(invite => FLAGS.flatMap(details => FLAGS.map(documents => ({ invite, details, documents }))))
const MODES = ['GET', 'HEAD', 'range'] as const
const SECRET = /Salaries|Shown|Bonus|Foreign/

describe('Each set of permissions of a customer', () => {
  let world: World
  let ada: Browser
  let pia: Browser
  let places: Place[]
  before(async function () {
    this.timeout(120_000)
    world = await aWorld()
    ;({ ada, pia, places } = await customers(world))
  })
  after(() => world.end())

  for (const clientsCanInvite of FLAGS) {
    it(`opens what it allows and nothing else, while clients ${clientsCanInvite ? 'may' : 'may not'} invite`, async () => {
      await setInviting(world, clientsCanInvite)
      const cells = places.flatMap(place => cellsOf(place, clientsCanInvite))

      await holds(ada, cells)

      expect(cells).to.have.length.above(330)
    }).timeout(120_000)
  }

  it('is worth nothing in a portal of somebody else, at any of its addresses', async () => {
    const cells = places.slice(0, 2).flatMap(place => cellsOf(place, true).map(cell => ({ ...cell, expected: 404 })))

    await holds(pia, cells)

    expect(cells).to.have.length.above(80)
  }).timeout(120_000)

  it('is worth nothing in a portal that is switched off', async () => {
    const [place] = places as [Place]
    await world.db('portals').where({ slug: place.slug }).update({ enabled: false })

    await holds(
      ada,
      cellsOf(place, true).map(cell => ({ ...cell, expected: 403 })),
    )

    await world.db('portals').where({ slug: place.slug }).update({ enabled: true })
  }).timeout(60_000)

  /**
   * Asks for each cell; what is refused changes nothing, names nothing, and leaves one line in the log for each page.
   */
  async function holds(browser: Browser, cells: Cell[]): Promise<void> {
    world.later(HOUR_MS - (world.now() % HOUR_MS))
    const token = await tokenFor(browser, 'portal')
    const [before, last] = [await everything(world), await lastLine(world)]
    const wrong: string[] = []
    for (const cell of cells) {
      const reply = await asked(browser, cell, token)
      if (reply.status !== cell.expected)
        wrong.push(`${cell.method} ${cell.path}: ${String(reply.status)}, not ${String(cell.expected)}`)
      if ([403, 404].includes(reply.status) && SECRET.test(reply.text))
        wrong.push(`${cell.method} ${cell.path} names it`)
    }

    expect(wrong).to.deep.equal([])
    expect(await everything(world)).to.deep.equal(before)
    const told = await world.db('audit_events').where('id', '>', last).pluck<string[]>('action')
    const refused = new Set(cells.filter(({ expected }) => expected === 403).map(pageOf))
    expect(told).to.deep.equal([...refused].map(() => 'access.refused'))
  }
})

/** The page as the router knows it, near enough. */
function pageOf({ method, path }: Cell): string {
  const plain = (path.split('?')[0] ?? '').replace(/portals\/[^/]+/, 'portals/:slug')
  return `${method} ${plain.replace(/\/(\d+|[\w-]{22})(?=\/|$)/g, '/:id')}`
}

function cellsOf(place: Place, clientsCanInvite: boolean): Cell[] {
  const { slug, details, documents, invite } = place
  const base = `/portal/portals/${slug}`
  const no = (allowed: boolean, then: number): number => (allowed ? then : 403)
  const inviting = invite && clientsCanInvite
  const invitation = { name: 'Bea Lund', email: 'bea@invited.example', level: 'read_only' }
  const lacks = [...(details ? [] : ['canViewDetails']), ...(documents ? [] : ['canViewDocuments'])]
  return [
    { method: 'GET', path: base, expected: 200 },
    { method: 'GET', path: `${base}/details`, expected: no(details, 200) },
    { method: 'GET', path: `${base}/details/change`, expected: no(details, 200) },
    { method: 'POST', path: `${base}/details`, body: { version: '1', name: '' }, expected: no(details, 422) },
    { method: 'GET', path: `${base}/people`, expected: no(invite, 200) },
    { method: 'GET', path: `${base}/people/new`, expected: no(inviting, 200) },
    { method: 'POST', path: `${base}/people`, body: { name: '', email: '' }, expected: no(inviting, 422) },
    ...lacks.map(permissions => ({
      method: 'POST',
      path: `${base}/people`,
      body: { ...invitation, permissions },
      expected: no(inviting, 422),
    })),
    ...[place.denied, place.foreign].flatMap(({ invitation: id }) => [
      { method: 'POST', path: `${base}/people/invitations/${String(id)}/resending`, expected: no(inviting, 404) },
      { method: 'POST', path: `${base}/people/invitations/${String(id)}/cancelling`, expected: no(invite, 404) },
    ]),
    ...documentCells(place, `${base}/documents`).map(cell => ({ ...cell, expected: no(documents, cell.expected) })),
  ]
}

/** As for somebody who may see documents there. */
function documentCells({ shown, denied, foreign }: Place, base: string): Cell[] {
  const within = (one: Things, folder: number, file: number): Cell[] => [
    { method: 'GET', path: `${base}/folders/${String(one.folder)}`, expected: folder },
    { method: 'GET', path: `${base}/folders/${String(one.folder)}/zip`, expected: folder },
    ...[one.inside, one.document].flatMap(id =>
      MODES.map(mode => ({
        method: mode === 'HEAD' ? 'HEAD' : 'GET',
        path: `${base}/${id}`,
        range: mode === 'range',
        expected: mode === 'range' && file === 200 ? 206 : file,
      })),
    ),
  ]
  return [
    { method: 'GET', path: base, expected: 200 },
    { method: 'GET', path: `${base}?q=bonus`, expected: 200 },
    { method: 'GET', path: `${base}/zip`, expected: 200 },
    { method: 'POST', path: base, body: { folder: '' }, expected: 422 },
    { method: 'POST', path: base, body: { folder: String(denied.folder) }, expected: 404 },
    { method: 'POST', path: base, body: { folder: String(foreign.folder) }, expected: 404 },
    ...within(shown, 200, 200),
    ...within(denied, 404, 404),
    ...within(foreign, 404, 404),
  ]
}

/** Sends it as the forms of the site do; what is uploaded is nothing. */
function asked(browser: Browser, { method, path, body = {}, range }: Cell, token: string) {
  if (method !== 'POST')
    return browser.raw(method, path, { unruled: true, headers: range ? { range: 'bytes=0-3' } : {} })
  const entries = Object.entries({ ...body, _csrf: token }).map(([name, value]): [string, string] => [
    name,
    String(value),
  ])
  const headers = { 'sec-fetch-site': 'same-origin' }
  if (!path.endsWith('/documents'))
    return browser.raw('POST', path, { unruled: true, headers, body: new URLSearchParams(entries) })
  const form = multipart(entries)
  return browser.raw('POST', path, { unruled: true, headers: { ...headers, ...form.headers }, body: form.body })
}

/** Ada, who has one portal for each set, and Pia, who has all permissions in one of her own. */
async function customers(world: World): Promise<{ ada: Browser; pia: Browser; places: Place[] }> {
  const [ada, pia] = [world.browser(), world.browser()]
  const user = await aPortalUser(world, { name: 'Ada Okafor' })
  const other = await aPortalUser(world, { name: 'Pia Payroll' })
  const pias = await aContactPortal(world, other.contactId)
  await subscribe(world, other.id, pias.id, { level: 'full' })
  const foreign = await thingsIn(world, pias.id, 'Foreign')
  const places: Place[] = []
  for (const [n, set] of SETS.entries()) {
    const portal = await aContactPortal(world, await aContact(world, `Office ${String(n)}`))
    const { invite: canInviteOthers, details: canViewDetails, documents: canViewDocuments } = set
    const permissions = { canInviteOthers, canViewDetails, canViewDocuments }
    const access = await subscribe(world, user.id, portal.id, { level: 'full', ...permissions })
    const shown = await thingsIn(world, portal.id, 'Shown')
    const denied = await thingsIn(world, portal.id, 'Salaries')
    const id = await world.db('documents').where({ public_id: denied.document }).first<{ id: number }>('id')
    await deny(world, access, { folders: [denied.folder], documents: [id.id] })
    places.push({ ...set, slug: portal.slug, shown, denied, foreign })
  }
  await signInToPortal(ada, user.username, OWN_PASSWORD)
  await signInToPortal(pia, other.username, OWN_PASSWORD)
  return { ada, pia, places }
}

async function thingsIn(world: World, portalId: number, name: string): Promise<Things> {
  const folder = await aFolder(world, portalId, name)
  const inside = (await aDocument(world, portalId, `Bonus of ${name}.pdf`, { folderId: folder })).publicId
  const document = (await aDocument(world, portalId, `${name}.pdf`)).publicId
  return { folder, inside, document, invitation: await anInvitation(world, portalId, `Ines ${name}`) }
}

async function setInviting({ db }: World, clientsCanInvite: boolean): Promise<void> {
  const value = JSON.stringify({ clientsCanInvite })
  await db('settings').insert({ key: 'portals', value }).onConflict('key').merge(['value'])
}
