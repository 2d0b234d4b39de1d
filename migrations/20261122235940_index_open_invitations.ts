import type { Knex } from 'knex'

/**
 * With the address, whichever index PostgreSQL takes for the open invitation to an address: one that says the portal and the
 * state alone had it read all open invitations of a portal for each person invited, where there were few when it counted.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('drop index invitations_portal_id_status_index')
  await knex.raw('create index invitations_of_portal_by_address on invitations (portal_id, status, email_normalized)')
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index invitations_of_portal_by_address')
  await knex.raw('create index invitations_portal_id_status_index on invitations (portal_id, status)')
}
