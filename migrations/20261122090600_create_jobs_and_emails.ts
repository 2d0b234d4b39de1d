import type { Knex } from 'knex'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('jobs', t => {
    t.increments('id')
    t.text('kind').notNullable()
    t.text('payload').notNullable()
    t.text('unique_key').unique()
    t.text('state').notNullable().defaultTo('queued').checkIn(['queued', 'running', 'done', 'dead'], 'jobs_state')
    t.bigInteger('run_at').notNullable()
    t.integer('attempts').notNullable().defaultTo(0)
    t.integer('max_attempts').notNullable().defaultTo(5)
    t.bigInteger('lease_until')
    t.text('lease_token')
    t.text('last_error')
    t.bigInteger('created_at').notNullable()
    t.bigInteger('finished_at')
    t.index(['state', 'run_at'])
  })
  await knex.schema.createTable('emails', t => {
    t.increments('id')
    t.text('to_name')
    t.text('to_email').notNullable()
    t.text('template').notNullable()
    t.text('subject').notNullable()
    t.text('body') // text and html, encrypted; emptied once the mail server has taken it
    t.text('masked_text').notNullable()
    t.integer('invitation_id')
    t.integer('portal_user_id').references('portal_users.id').index()
    t.integer('batch_id').references('batches.id')
    t.integer('import_id').references('imports.id').index()
    t.text('status')
      .notNullable()
      .checkIn(['queued', 'held', 'sending', 'sent', 'failed', 'cancelled'], 'emails_status')
    t.bigInteger('send_after').notNullable()
    t.bigInteger('sending_since')
    t.integer('attempts').notNullable().defaultTo(0)
    t.text('smtp_response')
    t.text('message_id').notNullable().unique()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('sent_at')
    t.bigInteger('body_purged_at')
    t.index(['status', 'send_after'])
  })
  await knex.schema.createTable('sign_in_links', t => {
    t.increments('id')
    t.text('purpose').notNullable().checkIn(['staff_setup', 'portal_reset'], 'sign_in_links_purpose')
    t.integer('portal_user_id').references('portal_users.id').index()
    t.text('token_hash').notNullable().unique()
    t.bigInteger('created_at').notNullable()
    t.bigInteger('expires_at').notNullable()
    t.bigInteger('used_at')
    t.bigInteger('revoked_at')
  })
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ['sign_in_links', 'emails', 'jobs']) await knex.schema.dropTable(table)
}
