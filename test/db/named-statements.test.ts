import { expect } from 'chai'
import { rowsOf } from '../../src/db/asked.ts'
import { describeOn, openFreshDatabase, type OpenDatabase } from '../support/engine.ts'

const TIMES = 12

describeOn('postgres')('A statement of pages', () => {
  let open: OpenDatabase
  beforeEach(async () => {
    open = await openFreshDatabase()
  })
  afterEach(() => open.end())

  it('that is asked again and again is planned once, and answers each time for its values', async () => {
    await open.db.transaction(async trx => {
      const answers: number[] = []
      for (let value = 1; value <= TIMES; value += 1) {
        const [row] = await rowsOf<{ next: number }>(trx, 'select cast(? as integer) + 1 as next', [value])
        answers.push(row?.next ?? 0)
      }

      expect(answers).to.deep.equal(Array.from({ length: TIMES }, (_, index) => index + 2))
      const [kept] = await rowsOf<{ plans: number }>(
        trx,
        "select generic_plans as plans from pg_prepared_statements where statement like '%as next'",
        [],
      )
      expect(kept?.plans).to.be.above(0)
    })
  })

  it('that is asked once has no name, and takes no room', async () => {
    await open.db.transaction(async trx => {
      await rowsOf(trx, 'select cast(? as integer) as once', [1])

      expect(
        await rowsOf(trx, "select 1 from pg_prepared_statements where statement like '%as once'", []),
      ).to.deep.equal([])
    })
  })
})
