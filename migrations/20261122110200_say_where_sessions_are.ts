import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.alterTable('sessions', t => {
    t.bigInteger('last_used_at')
    t.text('ip')
    t.text('user_agent')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.alterTable('sessions', t => t.dropColumns('last_used_at', 'ip', 'user_agent'))
}
