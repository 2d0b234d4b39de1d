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
      await world.db.transaction(async trx => {
        await inviteEverybody(world, staff, 'own', trx)

        expect(await pagesOfIndex(trx)).to.be.within(CONTACTS, PAGES)
        expect(await rowsReadThrough(trx, 'invitations')).to.equal(0)
      })
    })

    it('are written without reading all portals for each, in a connection that knew few', async () => {
      const ada = await aContact(world, 'Ada Okafor', { email: 'ada@customer.example' })
      await world.db.transaction(async trx => {
        for (let each = 1; each <= UNTIL_PLANNED; each += 1)
          await anInvitation({ ...world, db: trx }, ada, { email: `else${String(each)}@customer.example` }, staff)

        await inviteEverybody(world, staff, 'own', trx)

        expect(await rowsReadThrough(trx, 'portals')).to.be.below(10 * CONTACTS)
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

/** How many pages of the index of open invitations were looked at in this transaction, again and again or not. */
async function pagesOfIndex(trx: Db): Promise<number> {
  const sql = "select pg_stat_get_xact_blocks_fetched('invitations_open'::regclass) as pages"
  const [row] = await rowsOf<{ pages: number }>(trx, sql, [])
  return row?.pages ?? 0
}

/** How many rows were read in this transaction by going through the whole table, again and again or not. */
async function rowsReadThrough(trx: Db, table: string): Promise<number> {
  const sql = 'select seq_tup_read as total from pg_stat_xact_user_tables where relname = ?'
  const [row] = await rowsOf<{ total: number }>(trx, sql, [table])
  return row?.total ?? 0
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
