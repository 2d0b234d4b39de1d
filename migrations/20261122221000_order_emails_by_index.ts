import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('emails', t => t.index(['status', 'id'], 'emails_by_status'))
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('emails', t => t.dropIndex([], 'emails_by_status'))
}
