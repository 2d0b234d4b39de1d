import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('emails', t => t.index(['sending_since'], 'emails_sending_since'))
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('emails', t => t.dropIndex(['sending_since'], 'emails_sending_since'))
}
