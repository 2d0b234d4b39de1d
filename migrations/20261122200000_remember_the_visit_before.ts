import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('portal_users', t => {
    t.bigInteger('previous_login_at') // what came since then is new to them
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('portal_users', t => {
    t.dropColumn('previous_login_at')
  })
}
