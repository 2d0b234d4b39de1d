import { expect } from 'chai'
import { giveAccess } from '../../src/core/access/records.ts'
import { system } from '../../src/core/actors.ts'
import { addCompanies } from '../../src/core/companies/records.ts'
import { addContacts, type ContactFields } from '../../src/core/contacts/records.ts'
import { normalized, oneLine } from '../../src/core/names.ts'
import { addPortalUsers } from '../../src/core/portal-users/records.ts'
import { addPortal } from '../../src/core/portals/portals.ts'
import type { Result } from '../../src/core/result.ts'
import { setRoles } from '../../src/core/roles/holders.ts'
import { addRole } from '../../src/core/roles/roles.ts'
import { readContact, typedContact, type TypedContact } from '../../src/web/staff/contact-form.ts'
import { settled } from '../support/actors.ts'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { amongNaughtyNames, NAUGHTY } from '../support/naughty.ts'
import { cellsOf } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

/** What the import takes for a wish or for damage, unless it stands there already. */
const MEANS_ELSE = /^(\(clear\)|\d([.,]\d+)?e\+?\d+)$/i

describe('What is exported', function () {
  this.timeout(120_000)
  let world: World
  let staff: Browser
  beforeEach(async () => {
    world = await aWorld()
    staff = await amongNaughtyNames(world)
  })
  afterEach(() => world.end())

  it('changes nothing when it is imported again, and is the same when it is exported again', async () => {
    await contactsCalled(world, NAUGHTY)
    const before = await bothExports(staff)

    for (const [name, file] of Object.entries({ 'contacts.csv': before.csv, 'contacts.xlsx': before.xlsx })) {
      await choose(staff, file, name)
      await pressed(world, staff, 'Check the file')

      const rows = before.cells.length - 1
      expect(staff.facts(), name).to.include({
        'Rows read': rows.toLocaleString('en-GB'),
        'Will be updated': '0',
        'Already up to date': rows.toLocaleString('en-GB'),
        'With problems': '0',
      })
    }
    const after = await bothExports(staff)
    expect(after.csv.equals(before.csv)).to.equal(true)
    expect(rowsApart(after.cells, before.cells)).to.deep.equal([])
  })

  it('is the same sheet of portal users, and nothing to do, when it is uploaded again', async () => {
    const names = [...new Set(NAUGHTY.map(oneLine))].filter(name => name !== '' && [...name].length <= 200)
    await usersCalled(world, names)
    const before = await staff.download('/staff/portal-users/import/template.xlsx?existing=yes')

    await staff.open('/staff/portal-users/import')
    staff.attach('Choose File', 'users.xlsx', before.body)
    await staff.press('Request Import')
    const { 'Already up to date': same, 'With mistakes': wrong } = staff.facts()
    await staff.press('OK')
    const after = await staff.download('/staff/portal-users/import/template.xlsx?existing=yes')

    expect([same, wrong]).to.deep.equal([String(names.length), '0'])
    expect(staff.h1).to.equal('Portal users imported')
    expect(await cellsOf(after.body)).to.deep.equal(await cellsOf(before.body))
  })

  for (const kind of ['csv', 'xlsx'] as const) {
    it(`is byte for byte the same in another Portico that imports it: ${kind}`, async () => {
      await contactsCalled(
        world,
        NAUGHTY.filter(string => !MEANS_ELSE.test(string.trim())),
      )
      const before = await bothExports(staff)
      const other = await aWorld()
      try {
        const others = await amongNaughtyNames(other)

        await choose(others, before[kind], `contacts.${kind}`)
        others.fill('Where column Contact ID goes', '')
        await pressed(other, others, 'Check the file')
        expect(others.facts()).to.include({ 'Already up to date': '0', 'With problems': '0' })
        await pressed(other, others, 'Import')

        const after = await bothExports(others)
        expect(rowsApart(after.cells, before.cells)).to.deep.equal([])
        expect(after.csv.equals(before.csv)).to.equal(true)
      } finally {
        await other.end()
      }
    })
  }
})

/** A contact for each string, with the string in every field in which the form of a contact takes it. */
async function contactsCalled(world: World, strings: string[]): Promise<void> {
  const forms = strings.map(string => acceptedFields(string)).filter(fields => fields !== null)
  const companies = new Map(forms.toReversed().map(({ company }) => [normalized(company), company]))
  companies.delete('')
  const references = new Set<string>()
  await world.db.transaction(async trx => {
    const rows = [...companies.values()].map(name => ({ name, email: null, phone: null, reference: null }))
    const ids = await addCompanies(trx, rows, world.now())
    const idOf = new Map([...companies.keys()].map((key, index) => [key, ids[index] ?? null]))
    const contacts = forms.map(({ fields, company }) => {
      const isTaken = references.has(fields.reference ?? '')
      references.add(fields.reference ?? '')
      const companyId = idOf.get(normalized(company)) ?? null
      return { ...fields, companyId, reference: isTaken ? null : fields.reference }
    })
    await addContacts(trx, contacts, world.now())
  })
}

/** A portal user for each name, and roles, portals and companies of such names among them. */
async function usersCalled(world: World, names: string[]): Promise<void> {
  const { db, now } = world
  const short = names.filter(name => [...name].length <= 80 && !name.includes(';'))
  const permissions = { canInviteOthers: false, canViewDetails: false, canViewDocuments: false }
  const roleIds = await added(short.slice(0, 60), name => addRole(db, system, { name, ...permissions }, now()))
  const portalIds = await added(short.slice(-60), name => addPortal(db, system, name, now()))
  const staff = await db('staff_users').first<{ id: number }>('id')
  await db.transaction(async trx => {
    const companies = [...new Map(names.map(name => [normalized(name), name])).values()]
    const rows = companies.map(name => ({ name, email: null, phone: null, reference: null }))
    const companyIds = await addCompanies(trx, rows, now())
    const logins = names.map((name, index) => {
      const email = `user${String(index)}@customer.example`
      const companyId = companyIds[index] ?? null
      return { contactId: null, companyId, name, username: email, email, temporaryPasswordHash: 'none' }
    })
    const ids = await addPortalUsers(trx, logins, now())
    const one = (all: number[], index: number): number => all[index % all.length] ?? 0
    const pairs = ids.map((portalUserId, index) => ({ portalUserId, portalId: one(portalIds, index) }))
    await giveAccess(trx, pairs, { source: 'staff', staff, batchId: null }, now())
    const held = ids.map((portalUserId, index) => ({ portalUserId, roleIds: [one(roleIds, index)] }))
    await setRoles(trx, held)
  })
}

/** The ids of those that were not refused: names may be taken, or mean something else. */
async function added(names: string[], add: (name: string) => Promise<Result<number, string>>): Promise<number[]> {
  const ids: number[] = []
  for (const name of names) {
    const done = await add(name)
    if (done.ok) ids.push(done.value)
  }
  return ids
}

/** What the form of a contact makes of one string in every field; fields that it refuses are left empty. */
function acceptedFields(string: string): { fields: ContactFields; company: string } | null {
  const inAll = { name: string, company: string, email: string, phone: string, reference: string, notes: string }
  const typed = typedContact(inAll)
  for (let tries = 0; tries < 6; tries += 1) {
    const read = readContact(typed)
    if (read.ok) return { fields: read.values, company: typed.company }
    for (const { field } of read.errors) typed[field as keyof Pick<TypedContact, 'name'>] = ''
    if (typed.name === '') return null
  }
  return null
}

async function bothExports(staff: Browser): Promise<{ csv: Buffer; xlsx: Buffer; cells: string[][] }> {
  const { body: csv } = await staff.download('/staff/contacts/export.csv')
  const { body: xlsx } = await staff.download('/staff/contacts/export.xlsx')
  return { csv, xlsx, cells: await cellsOf(xlsx) }
}

/** The rows that are not the same in both. */
function rowsApart(some: string[][], others: string[][]): unknown[] {
  const both = Array.from({ length: Math.max(some.length, others.length) }, (_, index) => [some[index], others[index]])
  return both.filter(([one, other]) => JSON.stringify(one) !== JSON.stringify(other))
}

/** Presses, and waits for what it starts. */
async function pressed(world: World, staff: Browser, button: string): Promise<void> {
  await staff.press(button)
  await settled(world)
  await staff.open(staff.path)
}
