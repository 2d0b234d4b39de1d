import type { Knex } from 'knex'

/**
 * An index of portal and state alone had PostgreSQL read all open invitations of a portal for each person who was invited,
 * where there had been few when it counted them. With the address in it, whichever index it takes finds the one.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('drop index invitations_portal_id_status_index')
  await knex.raw('create index invitations_of_portal_by_address on invitations (portal_id, status, email_normalized)')
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index invitations_of_portal_by_address')
  await knex.raw('create index invitations_portal_id_status_index on invitations (portal_id, status)')
}
