import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { ALL_INVITATIONS } from '../../../src/core/invitations/find.ts'
import { planResend } from '../../../src/core/invitations/resend-plan.ts'
import { rowsOf } from '../../../src/db/asked.ts'
import type { Db } from '../../../src/db/index.ts'
import { refreshStatistics } from '../../../src/db/statistics.ts'
import { describeOn } from '../../support/engine.ts'
import { anInvitation, aStaffActor, inviteEverybody } from '../../support/invitations.ts'
import { aContact, aPortal, manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const CONTACTS = 1300

/** Of an index: two looks, a check and a new line for each contact, each a page or two deep. */
const PAGES = 7 * CONTACTS

/** So often PostgreSQL checks a foreign key before it keeps to a plan. */
const UNTIL_PLANNED = 10

/** Only for a first few of each lot, while the table fits on a page or two. */
const READ_WHOLE = 200

describe('Very many invitations, where there were none when the database counted them', () => {
  let world: World
  let staff: Staff
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    await manyContacts(world, { count: CONTACTS })
    await refreshStatistics(world.db)
  })
  afterEach(() => world.end())

  describeOn('postgres')('on PostgreSQL', () => {
    it('are written with a look for those of each person alone', async () => {
      await inviteEverybody(world, staff, 'own')

      expect(await pagesRead(world.db)).to.be.within(CONTACTS, PAGES)
    })

    it('are written without reading all portals for each, in a connection that knew few', async () => {
      const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
      await world.db.transaction(async trx => {
        for (let each = 1; each <= UNTIL_PLANNED; each += 1)
          await anInvitation({ ...world, db: trx }, ada, { email: `else${String(each)}@customer.example` }, staff)

        await inviteEverybody(world, staff, 'own', trx)

        expect(await timesReadWhole(trx)).to.be.below(READ_WHOLE)
      })
    })
  })

  describeOn('sqlite')('on SQLite', () => {
    it('are planned to be sent again with a look for those of each person alone', async () => {
      const { id } = await aPortal(world, 'Orders')
      await inviteEverybody(world, staff, id)
      const asked: Asked[] = []
      world.db.on('query', (query: Asked) => asked.push(query))

      const { counts } = await planResend(world.db, { filter: ALL_INVITATIONS }, world.now())

      expect(counts.resent).to.equal(CONTACTS)
      const found = await looks(world.db, [...asked])
      expect(found).to.have.length(2)
      expect(found.filter(look => !look.includes('email_normalized=?'))).to.deep.equal([])
    })
  })
})

/** Of the index of open invitations, by everybody so far. */
async function pagesRead(db: Db): Promise<number> {
  await db.raw('select pg_stat_force_next_flush()')
  const [row] = await rowsOf<{ pages: number }>(
    db,
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

interface Asked {
  sql: string
  bindings: string[]
}

/** How these statements look into invitations for other ones. */
async function looks(db: Db, asked: Asked[]): Promise<string[]> {
  const plans: string[] = []
  for (const { sql, bindings } of asked) {
    const steps = await rowsOf<{ detail: string }>(db, `explain query plan ${sql}`, bindings)
    plans.push(...steps.map(step => step.detail))
  }
  return plans.filter(step => /(SEARCH|SCAN) (other|recent)/.test(step))
}
