import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('registration_codes', t => {
    t.integer('invitation_id').primary().references('invitations.id')
    t.text('email_normalized').notNullable()
    t.text('code_hash').notNullable()
    t.integer('tries').notNullable().defaultTo(0)
    t.integer('codes').notNullable().defaultTo(1) // how many were sent for this invitation
    t.bigInteger('expires_at').notNullable()
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('registration_codes')
}
