import { expect } from 'chai'
import { openDb, type Db } from '../../src/db/index.ts'
import { fileOf } from '../../src/db/file.ts'
import { refreshStatistics } from '../../src/db/statistics.ts'
import { describeOn, openFreshDatabase, type OpenDatabase } from '../support/engine.ts'

const FEW_ROWS = 'delete from contact_search_data where id >= 1 and id <= 2' // as FTS5 does, time and again

describeOn('sqlite')('What SQLite knows of its tables', () => {
  let open: OpenDatabase
  beforeEach(async () => {
    open = await openFreshDatabase()
  })
  afterEach(() => open.end())

  it('lets a change of a text find its place in the index of texts, however small that was when it was counted', async () => {
    await refreshStatistics(open.db)
    await refreshStatistics(open.db)
    const later = openDb(`sqlite:${fileOf(open.db) ?? ''}`)
    const plans = [await plan(open.db), await plan(later)]
    await later.destroy()

    expect(plans).to.deep.equal(
      Array(2).fill(['SEARCH contact_search_data USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)']),
    )
  })

  it('is how many rows the others have', async () => {
    await open.db('companies').insert({ name: 'Ada', name_normalized: 'ada', created_at: 0, updated_at: 0 })
    await refreshStatistics(open.db)

    expect(await open.db('sqlite_stat1').where({ tbl: 'companies' })).not.to.deep.equal([])
  })
})

async function plan(db: Db): Promise<string[]> {
  const rows = (await db.raw(`explain query plan ${FEW_ROWS}`)) as { detail: string }[]
  return rows.map(row => row.detail)
}
