import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  const sortable = knex.client.dialect === 'postgresql' ? 'text collate "C"' : 'text'
  await knex.schema.createTable('portals', t => {
    t.increments('id')
    t.text('kind').notNullable().checkIn(['shared', 'contact'], 'portals_kind')
    t.text('name').notNullable()
    t.specificType('name_normalized', sortable).notNullable()
    t.text('slug').notNullable().unique()
    t.integer('contact_id').unique().references('contacts.id')
    t.boolean('enabled').notNullable().defaultTo(true)
    t.bigInteger('activated_at')
    t.bigInteger('removed_at')
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
  })
  await knex.raw(
    "create unique index portals_shared_name on portals (name_normalized) where kind = 'shared' and removed_at is null",
  )
  await knex.schema.createTable('portal_users', t => {
    t.increments('id')
    t.integer('contact_id').references('contacts.id')
    t.integer('company_id').references('companies.id')
    t.text('name').notNullable()
    t.text('username').notNullable()
    t.specificType('username_normalized', sortable).notNullable()
    t.text('email')
    t.specificType('email_normalized', sortable)
    t.text('password_hash')
    t.boolean('must_change_password').notNullable().defaultTo(false)
    t.bigInteger('temporary_password_expires_at')
    t.text('status').notNullable().checkIn(['invited', 'active', 'disabled'], 'portal_users_status')
    t.integer('session_version').notNullable().defaultTo(1)
    t.bigInteger('first_login_at')
    t.bigInteger('last_login_at')
    t.bigInteger('disabled_at')
    t.bigInteger('deleted_at')
    t.integer('version').notNullable().defaultTo(1)
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.index(['last_login_at', 'id'])
  })
  for (const column of ['username_normalized', 'email_normalized', 'contact_id']) {
    await knex.raw('create unique index ?? on portal_users (??) where deleted_at is null', [
      `portal_users_live_${column}`,
      column,
    ])
  }
  // Every name somebody signs in with, usernames and emails alike, belongs to one portal user only.
  await knex.schema.createTable('sign_in_names', t => {
    t.text('name_normalized').primary()
    t.integer('portal_user_id').notNullable().references('portal_users.id').onDelete('CASCADE').index()
  })
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['sign_in_names', 'portal_users', 'portals']) await knex.schema.dropTable(table)
}
