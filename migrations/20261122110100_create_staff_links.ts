import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('staff_links', t => {
    t.increments('id')
    t.text('purpose').notNullable().checkIn(['invite', 'reset'], 'staff_links_purpose')
    t.integer('staff_user_id').notNullable().references('staff_users.id').index()
    t.text('token_hash').notNullable().unique()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('expires_at').notNullable()
    t.bigInteger('used_at')
    t.bigInteger('revoked_at')
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('staff_links')
}
