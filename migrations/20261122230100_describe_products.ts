import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('products', t => void t.text('description'))
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('products', t => void t.dropColumn('description'))
}
