import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  // Both engines must sort alike: SQLite compares bytes, so PostgreSQL is told to do the same.
  const sortable = knex.client.dialect === 'postgresql' ? 'text collate "C"' : 'text'
  await knex.schema.createTable('companies', t => {
    t.increments('id')
    t.text('name').notNullable()
    t.specificType('name_normalized', sortable).notNullable()
    t.text('email')
    t.text('phone')
    t.text('reference').unique()
    t.bigInteger('archived_at')
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.index(['name_normalized', 'id'])
  })
  await knex.schema.createTable('contacts', t => {
    t.increments('id')
    t.integer('company_id').references('companies.id').index()
    t.text('contact_type').notNullable().checkIn(['client', 'prospect', 'supplier'], 'contacts_contact_type')
    t.text('name').notNullable()
    t.specificType('name_normalized', sortable).notNullable()
    t.text('email')
    t.specificType('email_normalized', sortable)
    t.text('phone')
    t.text('reference').unique()
    t.text('notes')
    t.text('search').notNullable()
    t.bigInteger('archived_at')
    t.integer('version').notNullable().defaultTo(1)
    t.bigInteger('created_at').notNullable()
    t.bigInteger('updated_at').notNullable()
    t.index(['email_normalized'])
  })
  // The orders of the contacts list; those without the value come last.
  await knex.raw('create index contacts_by_name on contacts (name_normalized, id) where archived_at is null')
  await knex.raw(
    'create index contacts_by_email on contacts ((email_normalized is null), email_normalized, id) where archived_at is null',
  )
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('contacts')
  await knex.schema.dropTable('companies')
}
