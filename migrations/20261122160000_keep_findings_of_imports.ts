import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('imports', t => {
    t.text('findings')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('imports', t => t.dropColumns('findings'))
}
