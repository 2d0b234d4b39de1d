import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('second_factors', t => {
    t.increments('id')
    t.integer('staff_user_id').references('staff_users.id').unique()
    t.integer('portal_user_id').references('portal_users.id').unique()
    t.text('sealed_key').notNullable()
    t.bigInteger('last_step').notNullable() // of the last code that was taken: none up to it is taken again
    t.bigInteger('created_at').notNullable()
    t.check('(staff_user_id is null) <> (portal_user_id is null)', [], 'second_factors_one_person')
  })
  await knex.schema.createTable('recovery_codes', t => {
    t.integer('second_factor_id').notNullable().references('second_factors.id')
    t.text('code_hash').notNullable()
    t.primary(['second_factor_id', 'code_hash'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('recovery_codes')
  await knex.schema.dropTable('second_factors')
}
