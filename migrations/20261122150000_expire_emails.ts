import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('emails', t => {
    t.bigInteger('expires_at') // what it says is over by then: it is not sent any more
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('emails', t => {
    t.dropColumn('expires_at')
  })
}
