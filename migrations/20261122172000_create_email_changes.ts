import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('email_changes', t => {
    t.increments('id')
    t.integer('portal_user_id').notNullable().references('portal_users.id').index()
    t.text('email').notNullable()
    t.text('token_hash').notNullable().unique()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('expires_at').notNullable()
    t.text('outcome').checkIn(['confirmed', 'superseded', 'cancelled'], 'email_changes_outcome')
    t.bigInteger('ended_at')
  })
  await knex.raw('create unique index email_changes_open on email_changes (portal_user_id) where outcome is null')
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('email_changes')
}
