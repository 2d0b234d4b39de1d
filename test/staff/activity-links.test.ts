import { expect } from 'chai'
import { system } from '../../src/core/actors.ts'
import { record } from '../../src/core/audit/record.ts'
import { startBatch, type BatchKind } from '../../src/core/batches/batches.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import type { Browser } from '../support/browser.ts'
import { aContactPortal } from '../support/contact-portals.ts'
import { aContact, aPortal } from '../support/people.ts'
import { aWorkbook } from '../support/workbooks.ts'
import { aWorld, type World } from '../support/world.ts'

const TOP = [
  ['Access Level', 'Name', 'Email', 'Roles', 'Company', 'Portals', 'ID', 'Check'],
  ['Required', 'Required', 'Required', 'Optional', 'Optional', 'Optional', 'Optional', 'Optional'],
]

describe('The links of the activity log', () => {
  let world: World
  let admin: Browser
  beforeEach(async () => {
    world = await aWorld()
    admin = await world.signedInStaff('admin')
  })
  afterEach(() => world.end())

  for (const [action, kind, leadsTo] of [
    ['portals.granted', 'grant_portals', '/staff/batches/1'],
    ['contacts.invited', 'bulk_invite', '/staff/batches/1'],
    ['products.granted', 'grant_products', '/staff/products/changes/1'],
    ['products.removed', 'revoke_products', '/staff/products/changes/1'],
    ['invitations.resent', 'resend', '/staff/invitations/resends/1'],
  ] as const) {
    it(`lead to the page of a bulk change: ${action}`, async () => {
      await aBatch(action, kind)
      await admin.open('/staff/activity')

      await admin.click('Bulk change: number 1, number 1')

      expect(admin.status).to.equal(200)
      expect(admin.path).to.equal(leadsTo)
    })
  }

  it('are none for deleted portal users, which have no page', async () => {
    await aBatch('portal-users.deleted', 'delete')

    await admin.open('/staff/activity')

    expect(admin.text).to.include('Bulk change: number 1')
    expect(admin.$('td a[href^="/staff/batches"]').length).to.equal(0)
  })

  it('lead to the documents of the portal of a contact, to the settings of a shared one, and nowhere once removed', async () => {
    const orders = await aPortal(world, 'Orders')
    const acme = await aContactPortal(world, await aContact(world, 'Acme Ltd'))
    for (const id of [orders.id, acme.id])
      await record(world.db, system, 'portal.disabled', { type: 'portal', id }, {}, world.now())
    const follow = async (name: string): Promise<unknown[]> => {
      await admin.open('/staff/activity?action=portal.disabled')
      await admin.click(`Portal: ${name}`)
      return [admin.status, admin.path]
    }

    const [first, second] = [String(orders.id), String(acme.id)]
    expect(await follow(`Orders, number ${first}`)).to.deep.equal([200, `/staff/portals/${first}`])
    const documents = `/staff/client-portals/${second}/documents`
    expect(await follow(`Acme Ltd, number ${second}`)).to.deep.equal([200, documents])
    await world.db('portals').where({ id: acme.id }).update({ removed_at: world.now() })
    await admin.open('/staff/activity?action=portal.disabled')

    expect(admin.text).to.include('Portal: Acme Ltd')
    expect(admin.$(`td a[href="${documents}"]`).length).to.equal(0)
  })

  it('lead to an import of portal users', async () => {
    await admin.open('/staff/portal-users/import')
    admin.attach('Choose File', 'users.xlsx', await aWorkbook([...TOP, ['Full', 'Ada', 'ada@harbour.example']]))
    await admin.press('Request Import')
    const page = admin.path
    await admin.press('OK')

    await admin.open('/staff/activity?action=import.confirmed')
    await admin.click('Import: users.xlsx, number 1')

    expect(admin.status).to.equal(200)
    expect(admin.path).to.equal(page)
  })

  async function aBatch(action: string, kind: BatchKind): Promise<void> {
    const staff = await staffById(world.db, 1)
    if (!staff) throw new Error('Somebody has signed in')
    await world.db.transaction(async trx => {
      const batch = { kind, formKey: null, summary: { portalIds: [], productIds: [] } }
      const id = (await startBatch(trx, staff, batch, world.now())) ?? 0
      await record(trx, staff, action, { type: 'batch', id }, {}, world.now())
    })
  }
})
