import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('imports', t => {
    t.integer('company_count').notNullable().defaultTo(0)
    t.integer('password_count').notNullable().defaultTo(0)
  })
  await knex.raw("create unique index imports_one_at_a_time on imports (status) where status = 'processing'")
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index imports_one_at_a_time')
  await knex.schema.alterTable('imports', t => t.dropColumns('company_count', 'password_count'))
}
