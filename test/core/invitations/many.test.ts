import { expect } from 'chai'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { inviteContacts } from '../../../src/core/invitations/bulk.ts'
import { ALL_INVITATIONS } from '../../../src/core/invitations/find.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { planResend } from '../../../src/core/invitations/resend-many.ts'
import type { PortalChoice } from '../../../src/core/invitations/standing.ts'
import { rowsOf } from '../../../src/db/asked.ts'
import type { Db } from '../../../src/db/index.ts'
import { refreshStatistics } from '../../../src/db/statistics.ts'
import { describeOn } from '../../support/engine.ts'
import { anInvitation, aStaffActor } from '../../support/invitations.ts'
import { aContact, aPortal, manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const CONTACTS = 1300

/** Of an index: two looks, a check and a new line for each contact, each a page or two deep. */
const PAGES = 7 * CONTACTS

/** So often PostgreSQL checks a foreign key before it keeps to a plan. */
const UNTIL_PLANNED = 10

/** Only for a first few of each lot, while the table fits on a page or two. */
const READ_WHOLE = 200

let world: World
const invitedToFew = (): void => {
  beforeEach(async () => {
    world = await aWorld()
    await manyContacts(world, { count: CONTACTS })
    await refreshStatistics(world.db)
  })
  afterEach(() => world.end())
}

describeOn('postgres')('Inviting very many, where PostgreSQL counted no invitations before', () => {
  invitedToFew()

  it('looks for the invitations of each alone', async () => {
    await inviteAll(world.db, 'own')

    expect(await pagesRead()).to.be.within(CONTACTS, PAGES)
  })

  it('checks that a portal is there without reading all portals, in a connection that knew few', async () => {
    const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
    await world.db.transaction(async trx => {
      for (let each = 1; each <= UNTIL_PLANNED; each += 1)
        await anInvitation({ ...world, db: trx }, ada, { email: `else${String(each)}@customer.example` })

      await inviteAll(trx, 'own')

      expect(await timesReadWhole(trx)).to.be.below(READ_WHOLE)
    })
  })
})

describeOn('sqlite')('Sending very many again, where SQLite counted no invitations before', () => {
  invitedToFew()

  it('looks for other invitations of each alone, however many have the portal', async () => {
    const { id } = await aPortal(world, 'Orders')
    await inviteAll(world.db, id)
    const asked: { sql: string; bindings: unknown[] }[] = []
    world.db.on('query', (query: { sql: string; bindings: unknown[] }) => asked.push(query))

    const { counts } = await planResend(world.db, { filter: ALL_INVITATIONS }, world.now())

    expect(counts.resent).to.equal(CONTACTS)
    expect((await looks([...asked])).filter(look => !/email_normalized=\?|rowid=\?/.test(look))).to.deep.equal([])
  })
})

async function inviteAll(db: Db, choice: PortalChoice): Promise<void> {
  const staff = await aStaffActor({ ...world, db })
  const now = world.now()
  const selection = await selectMatching(db, staff, null, ALL_CONTACTS, now)
  const { mark: seen } = await planInvitations(db, selection, { by: 'invite', choice }, now)
  const request = { selection, seen, formKey: 'once', leftOut: { groups: [], contactIds: [] }, message: null }
  const invited = await inviteContacts(db, world.deps, staff, { ...request, choice }, now)
  expect(invited.ok).to.equal(true)
}

/** Of the index of open invitations, by everybody so far. */
async function pagesRead(): Promise<number> {
  await world.db.raw('select pg_stat_force_next_flush()')
  const [row] = await rowsOf<{ pages: number }>(
    world.db,
    "select idx_blks_hit + idx_blks_read as pages from pg_statio_user_indexes where indexrelname = 'invitations_open'",
    [],
  )
  return row?.pages ?? 0
}

/** How often the table of portals was read through in this transaction. */
async function timesReadWhole(trx: Db): Promise<number> {
  const sql = "select seq_scan as times from pg_stat_xact_user_tables where relname = 'portals'"
  const [row] = await rowsOf<{ times: number }>(trx, sql, [])
  return row?.times ?? 0
}

/** How these statements look into invitations for other ones. */
async function looks(asked: { sql: string; bindings: unknown[] }[]): Promise<string[]> {
  const plans: string[] = []
  for (const { sql, bindings } of asked) {
    const steps = await rowsOf<{ detail: string }>(world.db, `explain query plan ${sql}`, bindings as string[])
    plans.push(...steps.map(step => step.detail))
  }
  return plans.filter(step => /(SEARCH|SCAN) (other|recent)/.test(step))
}
