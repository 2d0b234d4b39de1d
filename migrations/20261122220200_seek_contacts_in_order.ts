import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  // From any place in the order on: an expression in front would hide the column from PostgreSQL.
  await knex.raw('drop index contacts_by_email')
  await knex.raw('create index contacts_by_email on contacts (email_normalized, id) where archived_at is null')
  for (const [index, column] of without)
    await knex.raw(`create index ${index} on contacts (id) where ${column} is null and archived_at is null`)
}

export async function down(knex: Knex): Promise<void> {
  for (const [index] of without) await knex.raw(`drop index ${index}`)
  await knex.raw('drop index contacts_by_email')
  await knex.raw(
    'create index contacts_by_email on contacts ((email_normalized is null), email_normalized, id) where archived_at is null',
  )
}

const without = [
  ['contacts_without_company', 'company_id'],
  ['contacts_without_email', 'email_normalized'],
] as const
