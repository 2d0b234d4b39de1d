import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  const sortable = knex.client.dialect === 'postgresql' ? 'text collate "C"' : 'text'
  await knex.schema.createTable('roles', t => {
    t.increments('id')
    t.text('name').notNullable()
    t.specificType('name_normalized', sortable).notNullable().unique()
    t.boolean('can_invite_others').notNullable()
    t.boolean('can_view_details').notNullable()
    t.boolean('can_view_documents').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
  })
  await knex.schema.createTable('portal_user_roles', t => {
    t.integer('portal_user_id').notNullable().references('portal_users.id')
    t.integer('role_id').notNullable().references('roles.id').index()
    t.primary(['portal_user_id', 'role_id'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('portal_user_roles')
  await knex.schema.dropTable('roles')
}
