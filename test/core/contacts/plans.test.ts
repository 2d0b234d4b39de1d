import { expect } from 'chai'
import type { Knex } from 'knex'
import { ALL_CONTACTS, contactsMatching } from '../../../src/core/contacts/filter.ts'
import { partsInOrder, placeOf, type ContactOrder } from '../../../src/core/contacts/order.ts'
import { isPostgres, type Db } from '../../../src/db/index.ts'
import { manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('What the contacts list reads', () => {
  let world: World
  before(async () => {
    world = await aWorld()
    await manyContacts(world, { count: 300, login: true })
    await world.db.raw('analyze')
  })
  after(() => world.end())

  for (const by of ['name', 'company', 'email', 'last-sign-in'] satisfies ContactOrder[])
    for (const descending of [false, true])
      it(`is in order by ${by}${descending ? ' backwards' : ''} already, without sorting the table`, async () => {
        for (const part of partsInOrder(world.db, ALL_CONTACTS, { by, descending }, { few: false })) {
          const plan = await planOf(world.db, part.clone().select('contacts.id').limit(10))

          expect(sortsAll(world.db, plan), plan.join('\n')).to.equal(false)
          expect(readsAll(world.db, plan), plan.join('\n')).to.equal(false)
        }
      })

  for (const by of ['name', 'company', 'email', 'last-sign-in'] satisfies ContactOrder[])
    for (const descending of [false, true])
      it(`begins in the middle of the order by ${by}${descending ? ' backwards' : ''}, through an index`, async () => {
        const place = await placeOf(world.db, by, 150)
        const parts = partsInOrder(world.db, ALL_CONTACTS, { by, descending }, { few: false }, place)

        for (const part of parts) {
          const plan = await planOf(world.db, part.clone().select('contacts.id').limit(10))
          expect(sortsAll(world.db, plan), plan.join('\n')).to.equal(false)
          expect(readsAll(world.db, plan), plan.join('\n')).to.equal(false)
        }
        const plans = await Promise.all(
          parts.map(part => planOf(world.db, part.clone().select('contacts.id').limit(10))),
        )
        expect(
          plans.some(plan => seeks(world.db, plan)),
          JSON.stringify(plans),
        ).to.equal(true)
      })

  it('is an index alone, to count everybody', async () => {
    const plan = await planOf(world.db, contactsMatching(world.db, ALL_CONTACTS).count())

    expect(plan.join('\n')).to.match(/COVERING INDEX contacts_live|Index Only Scan using contacts_/)
  })
})

/** The plan, line by line; on PostgreSQL the one for a table too large to read whole. */
async function planOf(db: Db, query: Knex.QueryBuilder): Promise<string[]> {
  if (!isPostgres(db)) {
    const { sql, bindings } = query.toSQL()
    const rows = (await db.raw(`explain query plan ${sql}`, bindings as string[])) as { detail: string }[]
    return rows.map(row => row.detail)
  }
  return db.transaction(async trx => {
    await trx.raw('set local enable_seqscan = off')
    await trx.raw('set local enable_bitmapscan = off')
    const { sql, bindings } = query.toSQL()
    const { rows } = (await trx.raw(`explain ${sql}`, bindings as string[])) as { rows: Record<string, string>[] }
    return rows.map(row => row['QUERY PLAN'] ?? '')
  })
}

/** On PostgreSQL, sorting a few at a time of what comes in order already is no sorting of the table. */
function sortsAll(db: Db, plan: string[]): boolean {
  return plan.some(line =>
    isPostgres(db) ? /^\W*Sort {2}\(/.test(line) : line.startsWith('USE TEMP B-TREE FOR ORDER BY'),
  )
}

function readsAll(db: Db, plan: string[]): boolean {
  return plan.some(line => (isPostgres(db) ? /Seq Scan on contacts/.test(line) : line === 'SCAN contacts'))
}

/** Whether a plan begins behind a place, and does not walk to it. */
function seeks(db: Db, plan: string[]): boolean {
  return plan.some(line => (isPostgres(db) ? /Index Cond: .*[<>]/.test(line) : /SEARCH .*[<>]/.test(line)))
}
