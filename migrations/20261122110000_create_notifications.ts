import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('notifications', t => {
    t.increments('id')
    t.integer('staff_user_id').notNullable().references('staff_users.id')
    t.text('kind').notNullable()
    t.text('title').notNullable()
    t.text('body')
    t.text('href').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('read_at')
    t.index(['staff_user_id', 'id'])
  })
  await knex.raw('create index notifications_unread on notifications (staff_user_id) where read_at is null')
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('notifications')
}
