import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('batches', t => {
    t.increments('id')
    t.text('kind').notNullable()
    t.text('form_key').unique()
    t.text('summary').notNullable()
    t.text('status')
      .notNullable()
      .checkIn(['planned', 'running', 'held', 'done', 'cancelled', 'undone'], 'batches_status')
    t.integer('requested_by_staff_id').references('staff_users.id')
    t.bigInteger('created_at').notNullable()
    t.bigInteger('release_at')
    t.bigInteger('undone_at')
    t.integer('undone_by_staff_id').references('staff_users.id')
  })
  await knex.schema.createTable('batch_items', t => {
    t.increments('id')
    t.integer('batch_id').notNullable().references('batches.id').onDelete('CASCADE')
    t.text('subject_type').notNullable()
    t.integer('subject_id').notNullable()
    t.text('outcome').notNullable()
    t.text('reason')
    t.text('before')
    t.text('after')
    t.text('undo_outcome')
    t.index(['batch_id', 'outcome', 'subject_id'])
  })
  await knex.schema.createTable('portal_access', t => {
    t.increments('id')
    t.integer('portal_id').notNullable().references('portals.id')
    t.integer('portal_user_id').notNullable().references('portal_users.id').index()
    t.text('access_level')
      .notNullable()
      .defaultTo('standard')
      .checkIn(['full', 'standard', 'read_only'], 'portal_access_level')
    t.boolean('can_invite_others').notNullable().defaultTo(false)
    t.boolean('can_view_details').notNullable().defaultTo(true)
    t.boolean('can_view_documents').notNullable().defaultTo(true)
    t.text('source').notNullable()
    t.integer('invitation_id')
    t.integer('batch_id').references('batches.id')
    t.integer('granted_by_staff_id').references('staff_users.id')
    t.integer('granted_by_portal_user_id').references('portal_users.id')
    t.bigInteger('granted_at').notNullable()
    t.bigInteger('expires_at')
    t.bigInteger('revoked_at')
    t.integer('revoked_by_batch_id').references('batches.id')
    t.index(['batch_id', 'portal_user_id'])
    t.index(['revoked_by_batch_id', 'portal_user_id'])
  })
  await knex.raw(
    'create unique index portal_access_live on portal_access (portal_user_id, portal_id) where revoked_at is null',
  )
  await knex.raw(
    'create index portal_access_of_portal on portal_access (portal_id, portal_user_id) where revoked_at is null',
  )
  await knex.schema.createTable('selections', t => {
    t.text('id').primary()
    t.integer('staff_user_id').notNullable().references('staff_users.id')
    t.text('list').notNullable()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('used_at').notNullable().index()
  })
  await knex.schema.createTable('selection_items', t => {
    t.text('selection_id').notNullable().references('selections.id').onDelete('CASCADE')
    t.integer('subject_id').notNullable()
    t.primary(['selection_id', 'subject_id'])
  })
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['selection_items', 'selections', 'portal_access', 'batch_items', 'batches']) {
    await knex.schema.dropTable(table)
  }
}
