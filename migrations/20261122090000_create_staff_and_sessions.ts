import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('staff_users', t => {
    t.increments('id')
    t.text('name').notNullable()
    t.text('email').notNullable()
    t.text('email_normalized').notNullable().unique()
    t.text('password_hash')
    t.text('role').notNullable().checkIn(['admin', 'manager', 'viewer'], 'staff_users_role')
    t.text('status').notNullable().defaultTo('active').checkIn(['active', 'disabled'], 'staff_users_status')
    t.integer('session_version').notNullable().defaultTo(1)
    t.integer('rows_per_page').notNullable().defaultTo(25)
    t.bigInteger('last_login_at')
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
  })
  await knex.schema.createTable('sessions', t => {
    t.text('sid_hash').primary()
    t.text('realm').notNullable().checkIn(['staff', 'portal'], 'sessions_realm')
    t.integer('principal_id')
    t.text('data').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('expires_at').notNullable().index()
    t.index(['realm', 'principal_id'])
  })
  await knex.schema.createTable('rate_limits', t => {
    t.string('key', 255).primary()
    t.integer('points').notNullable()
    t.bigInteger('expire').index()
  })
  await knex.schema.createTable('sign_in_attempts', t => {
    t.text('key').primary()
    t.integer('failures').notNullable()
    t.bigInteger('locked_until').notNullable()
    t.bigInteger('updated_at').notNullable().index()
  })
  await knex.schema.createTable('settings', t => {
    t.text('key').primary()
    t.text('value').notNullable()
  })
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['settings', 'sign_in_attempts', 'rate_limits', 'sessions', 'staff_users']) {
    await knex.schema.dropTable(table)
  }
}
