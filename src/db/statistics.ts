import { isPostgres, type Db } from './index.ts'

/** The tables that bulk work and imports write to, and those that every page reads. */
const OF_MANY_ROWS = [
  'access_denials',
  'batch_items',
  'companies',
  'contacts',
  'documents',
  'emails',
  'folders',
  'invitations',
  'portal_access',
  'portal_users',
  'portals',
  'product_access',
  'selection_items',
  'sessions',
  'sign_in_names',
]

/**
 * Brings the planner's knowledge of the tables up to date: SQLite guesses badly about tables it has never counted. Of those in
 * which the texts to search lie it is told that they are large. They are counted while they are small, and SQLite would then
 * read them whole whenever FTS5 drops a few of their rows, which is at every change of a text, however large they have become.
 */
export async function refreshStatistics(db: Db): Promise<void> {
  if (isPostgres(db)) return void (await db.raw(`analyze ${OF_MANY_ROWS.join(', ')}`)) // which autovacuum does too, later
  await db.transaction(async trx => {
    await trx.raw('pragma analysis_limit = 400')
    await trx.raw('pragma optimize = 0x10002')
    if (await trx.schema.hasTable('sqlite_stat1')) await callSearchTablesLarge(trx)
  })
}

/** In a transaction with the counting: others never hear anything else. */
async function callSearchTablesLarge(trx: Db): Promise<void> {
  await trx('sqlite_stat1').whereRaw("tbl glob '*_search_data'").update({ stat: '1000000' })
  await trx('sqlite_stat1').whereRaw("tbl glob '*_search_idx'").update({ stat: '1000000 1000 1' })
  await trx.raw('analyze sqlite_schema') // which reads what stands there, and counts nothing
}
