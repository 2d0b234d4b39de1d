import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  const sortable = knex.client.dialect === 'postgresql' ? 'text collate "C"' : 'text'
  await knex.schema.alterTable('portal_users', t => {
    t.specificType('search_name', sortable)
    t.index(['company_id'])
  })
  // Most have the name of their contact, which is stored as it is searched.
  await knex.raw(
    `update portal_users set search_name = (
       select contacts.name_normalized from contacts
       where contacts.id = portal_users.contact_id and contacts.name = portal_users.name)`,
  )
  const others = await knex('portal_users')
    .whereNull('search_name')
    .select<{ id: number; name: string }[]>('id', 'name')
  for (const { id, name } of others) {
    const search_name = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
    await knex('portal_users').where({ id }).update({ search_name })
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index portal_users_company_id_index')
  await knex.raw('alter table portal_users drop column search_name')
}
