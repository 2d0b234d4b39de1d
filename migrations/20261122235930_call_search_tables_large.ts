import type { Knex } from 'knex'

/** What SQLite counted in them while they were small made every change of a text read all of them. */
export async function up(knex: Knex): Promise<void> {
  if (knex.client.dialect === 'postgresql' || !(await knex.schema.hasTable('sqlite_stat1'))) return
  await knex('sqlite_stat1').whereRaw("tbl glob '*_search_data'").update({ stat: '1000000' })
  await knex('sqlite_stat1').whereRaw("tbl glob '*_search_idx'").update({ stat: '1000000 1000 1' })
}

/** Nothing is missed. */
export async function down(): Promise<void> {}
