import type { Staff } from '../../src/core/actors.ts'
import { giveAccess } from '../../src/core/access/records.ts'
import { startBatch } from '../../src/core/batches/batches.ts'
import { addCompany } from '../../src/core/companies/companies.ts'
import { mergeTicks } from '../../src/core/contacts/selection.ts'
import { tellOfChange } from '../../src/core/portal-users/own-password.ts'
import { portalUserById } from '../../src/core/portal-users/sign-in.ts'
import { requiredWord, SHEET_COLUMNS } from '../../src/core/imports/user-sheet.ts'
import { notify } from '../../src/core/notifications/bell.ts'
import { addProduct } from '../../src/core/products/products.ts'
import { addRole } from '../../src/core/roles/roles.ts'
import { newToken, tokenHash } from '../../src/core/secrets.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import type { Browser, Fields } from './browser.ts'
import { accessIdOf, aDocument, aFolder, anInvitation, deny } from './documents.ts'
import type { ActorName, MatrixRow } from './matrix.ts'
import { anInvitation as anInvitationTo, invitationLinks } from './invitations.ts'
import { multipart } from './multipart.ts'
import { engine, type Engine } from './engine.ts'
import { aContactPortal, subscribe } from './contact-portals.ts'
import { aContact, aPortal, aPortalUser, signInToPortal, type SomePortalUser } from './people.ts'
import { aProduct, giveProduct } from './products.ts'
import type { Reply } from './site-client.ts'
import { aWorkbook } from './workbooks.ts'
import { aWorld, type World } from './world.ts'

/** Everybody the authorization table speaks of, each with a browser, and one of each thing to act on. */
export interface Cast {
  world: World
  browsers: Record<ActorName, Browser>
  /** What stands for `{name}` when this actor asks. */
  things(actor: ActorName): Record<string, string>
}

/** A world with the whole cast in it. Those who are disabled signed in before they were. */
export async function aCast(on: Engine = engine): Promise<Cast> {
  const world = await aWorld({}, undefined, on)
  world.later(HOUR_MS - (world.now() % HOUR_MS)) // refusals are told of once an hour
  const staff = await staffBrowsers(world)
  const portal = await portalBrowsers(world)
  const browsers = { anonymous: world.browser(), ...staff.browsers, ...portal.browsers }
  const shared = await sharedThings(world, portal.ada, staff.people.admin)
  const documents = await someDocuments(world, portal.ada, portal.orders, Number(shared.portal))
  const links = await invitationLinks(world, staff.people.admin, Number(shared.contact), portal.ada)
  const imports = {
    managersImport: await anImport(browsers.manager, 'a'),
    adminsImport: await anImport(browsers.admin, 'b'),
    managersUsers: await anImportOfUsers(browsers.manager, 'c'),
    adminsUsers: await anImportOfUsers(browsers.admin, 'd'),
  }
  const selections: Partial<Record<ActorName, string>> = {}
  const notices = await noticesOf(world, staff.people)
  for (const [name, person] of Object.entries(staff.people)) {
    const ticks = { shown: [], ticked: [Number(shared.contact)] }
    selections[name as ActorName] = (await mergeTicks(world.db, person, null, ticks, world.now())) ?? ''
  }
  const invited: Partial<Record<ActorName, Record<string, string>>> = {}
  for (const [name, person] of Object.entries(staff.people))
    invited[name as ActorName] = await invitedThings(world, person)
  await settled(world)
  return {
    world,
    browsers,
    things: actor => ({
      ...shared,
      ...portal.contactPortals,
      ...documents,
      ...links,
      ...imports,
      ...(invited[actor] ?? invited.admin),
      token: newToken(),
      notice: notices[actor] ?? notices.admin ?? '',
      selection: selections[actor] ?? selections.admin ?? '',
      foreignSelection: selections.viewer ?? '',
    }),
  }
}

async function staffBrowsers(world: World) {
  const browsers = {
    viewer: await world.signedInStaff('viewer'),
    manager: await world.signedInStaff('manager'),
    admin: await world.signedInStaff('admin'),
    disabledStaff: await world.signedInStaff('admin'),
  }
  const rows = await world.db('staff_users').orderBy('id').select<{ id: number }[]>('id')
  const people = await Promise.all(rows.map(({ id }) => staffById(world.db, id)))
  await world.db('staff_users').where({ id: rows[3]?.id }).update({ status: 'disabled' })
  const [viewer, manager, admin] = people as [Staff, Staff, Staff]
  return { browsers, people: { viewer, manager, admin } }
}

async function portalBrowsers(world: World) {
  const orders = await aPortal(world, 'Orders')
  const archive = await aPortal(world, 'Archive')
  const payroll = await aPortal(world, 'Payroll')
  const ada = await aPortalUser(world, { name: 'Ada Okafor', portals: [orders, archive] })
  const dora = await aPortalUser(world, { name: 'Dora Disabled', portals: [orders] })
  const theo = await aPortalUser(world, { name: 'Theo Temporary', portals: [orders], own: false })
  await aPortalUser(world, { name: 'Pia Payroll', portals: [payroll] })
  const browsers = {
    portalUser: world.browser(),
    disabledPortalUser: world.browser(),
    temporaryPassword: world.browser(),
  }
  await signInToPortal(browsers.portalUser, ada.username, ada.password)
  await signInToPortal(browsers.disabledPortalUser, dora.username, dora.password)
  await signInToPortal(browsers.temporaryPassword, theo.username, theo.password)
  await world.db('portal_users').where({ id: dora.id }).update({ status: 'disabled' })
  await world.db('portals').where({ id: archive.id }).update({ enabled: false })
  return { browsers, ada, orders, contactPortals: await contactPortals(world, ada) }
}

/** Portals of contacts: where Ada may do everything, invite but no more, nothing at all; and one that is not hers. */
async function contactPortals(world: World, ada: SomePortalUser): Promise<Record<string, string>> {
  const [own, part, limited, foreign] = await Promise.all(
    ['Own Office', 'Partly Parish', 'Limited Lodge', 'Foreign Farm'].map(async name =>
      aContactPortal(world, await aContact(world, name)),
    ),
  )
  if (!own || !part || !limited || !foreign) throw new Error('All four were made')
  await subscribe(world, ada.id, own.id, { level: 'full' })
  const nothing = { canInviteOthers: false, canViewDetails: false, canViewDocuments: false }
  await subscribe(world, ada.id, part.id, { canViewDetails: false, canViewDocuments: false })
  await subscribe(world, ada.id, limited.id, { level: 'read_only', ...nothing })
  const cancelled = await anInvitationBy(world, ada.id, own.id, 'Cem Cancelled')
  const resent = await anInvitationBy(world, ada.id, own.id, 'Rea Resent')
  return {
    ownSlug: own.slug,
    partSlug: part.slug,
    limitedSlug: limited.slug,
    foreignSlug: foreign.slug,
    limitedPortal: String(limited.id),
    cancelled,
    resent,
  }
}

async function anInvitationBy(world: World, portalUserId: number, portalId: number, name: string): Promise<string> {
  const id = await anInvitation(world, portalId, name)
  await world.db('invitations').where({ id }).update({ invited_by_portal_user_id: portalUserId })
  return String(id)
}

async function sharedThings(
  world: World,
  ada: { id: number; contactId: number },
  admin: Staff,
): Promise<Record<string, string>> {
  const { db, deps } = world
  const now = world.now()
  const cal = await aPortalUser(world, { name: 'Cal Contact' })
  const portal = await aPortal(world, 'Spare')
  const fields = { name: 'Acme', email: null, phone: null, reference: null }
  const company = await addCompany(db, admin, fields, now)
  const change = { kind: 'grant_portals' as const, formKey: newToken(), summary: { portalIds: [portal.id] } }
  const batch = await startBatch(db, admin, change, now)
  const product = await addProduct(db, admin, { name: 'Spare', sku: null, description: null }, now)
  const productIds = [product.ok ? product.value : 0]
  const ownProduct = await aProduct(world, 'Own oil')
  await giveProduct(world, ownProduct, ada.contactId)
  const permissions = { canInviteOthers: true, canViewDetails: true, canViewDocuments: true }
  const role = await addRole(db, admin, { name: 'Spare', ...permissions }, now)
  const ofProducts = { kind: 'grant_products' as const, formKey: newToken(), summary: { productIds } }
  const user = await portalUserById(db, ada.id)
  if (user) await tellOfChange(db, deps, user, now)
  const member = await world.aStaff('Mia Member', 'viewer')
  const email = await db('emails').first<{ id: number }>('id')
  const reset = newToken()
  const link = { purpose: 'portal_reset', portal_user_id: cal.id, token_hash: tokenHash(reset) }
  await db('sign_in_links').insert({ ...link, created_at: now, expires_at: now + 3_600_000 })
  const emailLink = newToken()
  const waiting = { portal_user_id: cal.id, email: 'cal@new.example', token_hash: tokenHash(emailLink) }
  await db('email_changes').insert({ ...waiting, created_at: now, expires_at: now + 1_800_000 })
  const ids = {
    contact: cal.contactId,
    login: cal.id,
    portal: portal.id,
    company: company.ok ? company.value : 0,
    batch,
    product: productIds[0],
    ownProduct,
    role: role.ok ? role.value : 0,
    roleSeen: now,
    productBatch: await startBatch(db, admin, ofProducts, now),
    email: email.id,
    member: member.id,
  }
  return { ...Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, String(id)])), reset, emailLink }
}

/**
 * Folders and documents of a portal for the office to act on, and of one that Ada has; and people things are denied to.
 */
async function someDocuments(
  world: World,
  ada: { id: number },
  orders: { id: number },
  portalId: number,
): Promise<Record<string, string>> {
  const deniedFolder = await aFolder(world, orders.id, 'Salaries')
  const ownFolder = await aFolder(world, orders.id, 'Letters')
  const foreign = await aDocument(world, portalId, 'report.pdf')
  const access = await accessIdOf(world, ada.id, orders.id)
  await deny(world, access, { folders: [deniedFolder] })
  const ids = {
    access,
    ownFolder,
    deniedFolder,
    folder: await aFolder(world, portalId, 'Papers'),
    document: foreign.id,
    foreignDocument: foreign.publicId,
    ownDocument: (await aDocument(world, orders.id, 'letter.pdf', { folderId: ownFolder })).publicId,
    deniedDocument: (await aDocument(world, orders.id, 'salaries.pdf', { folderId: deniedFolder })).publicId,
    invitation: await anInvitation(world, portalId, 'Ines Invited'),
  }
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, String(id)]))
}

/** The portal of a contact with somebody in it, and two who are invited: one for each who asks, as they are used up. */
async function invitedThings(world: World, person: Staff): Promise<Record<string, string>> {
  const { db } = world
  const contactId = await aContact(world, `Inga ${person.role}`)
  const member = await aPortalUser(world, { name: `Max ${person.role}` })
  const inga = await anInvitationTo(world, contactId, { email: `inga.${person.role}@customer.example` }, person)
  const ivo = await anInvitationTo(world, contactId, { email: `ivo.${person.role}@customer.example` }, person)
  const pair = { portalUserId: member.id, portalId: inga.portalId }
  await giveAccess(db, [pair], { source: 'staff', staff: person, batchId: null }, world.now())
  const access = await db('portal_access').where({ portal_user_id: member.id }).first<{ id: number }>('id')
  const resends = await startBatch(db, person, { kind: 'resend', formKey: newToken(), summary: {} }, world.now())
  const ids = {
    clientPortal: inga.portalId,
    ownInvitation: inga.id,
    spareInvitation: ivo.id,
    ownAccess: access.id,
    resends,
  }
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, String(id)]))
}

/** One unread notice for each of these people. */
async function noticesOf({ db, now }: World, people: Record<string, Staff>): Promise<Record<string, string>> {
  const notice = { kind: 'import-ended', title: 'Import finished', body: null, href: '/staff/imports' }
  for (const { id } of Object.values(people)) await notify(db, [id], notice, now())
  const rows = await db('notifications').select<{ id: number; staff_user_id: number }[]>('id', 'staff_user_id')
  const idOf = (person: Staff): string => String(rows.find(row => row.staff_user_id === person.id)?.id)
  return Object.fromEntries(Object.entries(people).map(([name, person]) => [name, idOf(person)]))
}

async function anImportOfUsers(browser: Browser, name: string): Promise<string> {
  await browser.open('/staff/portal-users/import')
  const entries = Object.entries({ _csrf: tokenOn(browser), formKey: newToken() })
  const headings = [
    SHEET_COLUMNS.map(column => column.heading),
    SHEET_COLUMNS.map(column => requiredWord(column.required)),
  ]
  const content = await aWorkbook([...headings, ['Full', `User ${name}`, `${name}@users.example`]])
  const file = { name: `${name}.xlsx`, type: 'application/octet-stream', content }
  const reply = await browser.raw('POST', '/staff/portal-users/import', multipart([...entries, ['file', file]]))
  return /\/imports\/(\d+)/.exec(reply.headers.get('location') ?? '')?.[1] ?? 'not imported'
}

async function anImport(browser: Browser, name: string): Promise<string> {
  await browser.open('/staff/import-export')
  const entries = Object.entries({ _csrf: tokenOn(browser), formKey: newToken() })
  const file = { name: `${name}.csv`, type: 'text/csv', content: Buffer.from(`Name\nImported ${name}\n`) }
  const reply = await browser.raw('POST', '/staff/imports', multipart([...entries, ['file', file]]))
  return /\/staff\/imports\/(\d+)/.exec(reply.headers.get('location') ?? '')?.[1] ?? 'not imported'
}

/** The form token of the page that is open. */
export function tokenOn(browser: Browser): string {
  return browser.$('input[name=_csrf]').first().attr('value') ?? ''
}

/** The token this browser would send with a form of that face; a page that is not there is the shortest that has it. */
export async function tokenFor(browser: Browser, face: MatrixRow['face']): Promise<string> {
  await browser.open(`/${face}/nowhere`)
  return tokenOn(browser)
}

/** Waits until the background has nothing left to do. */
export async function settled(world: World): Promise<void> {
  const busy = (): Promise<unknown> =>
    world
      .db('jobs')
      .where({ state: 'running' })
      .orWhere(due => void due.where({ state: 'queued' }).where('run_at', '<=', world.now()))
      .first('id')
  while (await busy()) await new Promise(resolve => setTimeout(resolve, 20))
}

const HOUR_MS = 3_600_000
const SAME_SITE = { 'sec-fetch-site': 'same-origin' }
const PASSING = ['sessions', 'rate_limits', 'sign_in_attempts', 'sqlite_sequence']

/** Every row there is, but for what a refusal may leave behind: counts, sessions, the audit log. */
export async function everything(world: World): Promise<Record<string, unknown[]>> {
  const tables = await tablesOf(world)
  const kept = tables.filter(table => !PASSING.includes(table) && !/^(knex|audit)_/.test(table))
  const rows = await Promise.all(kept.map(table => world.db(table).select<unknown[]>()))
  return Object.fromEntries(kept.map((table, index) => [table, sortedRows(rows[index] ?? [])]))
}

const NAMES: Record<string, string[]> = {
  companies: ['name'],
  contacts: ['name', 'email'],
  documents: ['name'],
  folders: ['name'],
  imports: ['filename'],
  invitations: ['name', 'email'],
  portal_users: ['name', 'username', 'email'],
  portals: ['name'],
  products: ['name'],
  roles: ['name'],
  staff_users: ['name', 'email'],
}

/** What everybody and everything there is is called: none of it stands on a page that refuses. */
export async function allNames({ db }: World): Promise<string[]> {
  const places = Object.entries(NAMES).flatMap(([table, columns]) => columns.map(column => ({ table, column })))
  const found = await Promise.all(places.map(({ table, column }) => db(table).pluck<(string | null)[]>(column)))
  return [...new Set(found.flat())].filter(name => name !== null)
}

/** The refusals the log tells of after this line of it, as they were asked: "GET /staff/team". */
export async function toldRefusals({ db }: World, after: number): Promise<string[]> {
  const lines = await db('audit_events')
    .where('id', '>', after)
    .where({ action: 'access.refused' })
    .pluck<string[]>('data')
  return lines.map(data => (JSON.parse(data) as { asked: string }).asked).toSorted()
}

export async function lastLine({ db }: World): Promise<number> {
  const [row] = await db('audit_events').max<{ last: number | null }[]>({ last: 'id' })
  return row?.last ?? 0
}

export async function tablesOf({ db }: World): Promise<string[]> {
  const postgres = (db.client as { dialect: string }).dialect === 'postgresql'
  const names = postgres
    ? db('pg_tables').where({ schemaname: 'public' }).select<{ name: string }[]>('tablename as name')
    : db('sqlite_master').where({ type: 'table' }).select<{ name: string }[]>('name')
  return (await names).map(({ name }) => name).toSorted()
}

function sortedRows(rows: unknown[]): unknown[] {
  return rows.map(row => JSON.stringify(row)).toSorted()
}

/** Fills in the things this actor would meet. */
export function filled<T extends string | Fields>(template: T, things: Record<string, string>): T {
  const text = JSON.stringify(template).replace(/\{(\w+)\}/g, (all, name: string) => things[name] ?? all)
  return JSON.parse(text) as T
}

/** What this actor asks for in this row. */
export function addressOf(cast: Cast, row: MatrixRow, actor: ActorName): string {
  return filled(row.at ?? row.path, cast.things(actor))
}

/** Where form tokens come from, and whether the answer is held against the page rules. */
export interface HowToAsk {
  tokenOf?: (browser: Browser, face: MatrixRow['face']) => Promise<string>
  unruled?: boolean
}

/** Form tokens that are asked for once: good while nobody signs in or out. */
export function rememberedTokens(): Required<HowToAsk>['tokenOf'] {
  const known = new Map<Browser, Map<string, string>>()
  return async (browser, face) => {
    const tokens = known.get(browser) ?? new Map<string, string>()
    known.set(browser, tokens)
    const token = tokens.get(face) ?? (await tokenFor(browser, face))
    tokens.set(face, token)
    return token
  }
}

/** Sends one cell of the table, with a good form token of this actor's own. */
export async function ask(cast: Cast, row: MatrixRow, actor: ActorName, how: HowToAsk = {}): Promise<Reply> {
  if (!row.whileOff) return askNow(cast, row, actor, how)
  const { db } = cast.world
  const before = await db('settings').where({ key: 'portals' }).first<{ value: string } | undefined>('value')
  const off = JSON.stringify({ ...(before && JSON.parse(before.value)), [row.whileOff]: false })
  await db('settings').insert({ key: 'portals', value: off }).onConflict('key').merge(['value'])
  const reply = await askNow(cast, row, actor, how)
  if (before) await db('settings').where({ key: 'portals' }).update(before)
  else await db('settings').where({ key: 'portals' }).delete()
  return reply
}

async function askNow(cast: Cast, row: MatrixRow, actor: ActorName, how: HowToAsk): Promise<Reply> {
  const { tokenOf = tokenFor, unruled = false } = how
  const browser = cast.browsers[actor]
  const address = addressOf(cast, row, actor)
  if (row.method === 'GET') return browser.raw('GET', address, { unruled })
  const fields = filled(row.body ?? {}, cast.things(actor))
  return send(browser, row, address, { ...fields, _csrf: await tokenOf(browser, row.face) }, SAME_SITE, unruled)
}

/** Posts these fields as that form does. */
export function send(
  browser: Browser,
  row: Pick<MatrixRow, 'upload'>,
  address: string,
  fields: Fields,
  headers: Record<string, string> = SAME_SITE,
  unruled = false,
): Promise<Reply> {
  const entries = Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)])
  if (!row.upload) return browser.raw('POST', address, { headers, body: new URLSearchParams(entries), unruled })
  const file = { name: 'people.csv', type: 'text/csv', content: Buffer.from('Name\nUma Upload\n') }
  const form = multipart([...entries, ['file', file]])
  return browser.raw('POST', address, { body: form.body, headers: { ...headers, ...form.headers }, unruled })
}
