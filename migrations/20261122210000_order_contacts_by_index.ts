import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  // `archived_at` stands inside: an index that leaves archived contacts out does not cover what asks for the others.
  await knex.schema.alterTable('contacts', t => {
    t.dropIndex(['company_id'])
    t.index(['archived_at', 'id', 'contact_type'], 'contacts_live')
    t.index(['company_id', 'archived_at', 'id'], 'contacts_by_company')
  })
  await knex.schema.alterTable('portal_users', t => {
    t.index(['contact_id', 'deleted_at', 'status', 'first_login_at'], 'portal_users_by_contact')
  })
  await knex.raw(
    'create index contact_logins_by_sign_in on portal_users (last_login_at, contact_id) where deleted_at is null and contact_id is not null',
  )
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index contact_logins_by_sign_in')
  await knex.schema.alterTable('portal_users', t => t.dropIndex([], 'portal_users_by_contact'))
  await knex.schema.alterTable('contacts', t => {
    t.dropIndex([], 'contacts_by_company')
    t.dropIndex([], 'contacts_live')
    t.index(['company_id'])
  })
}
