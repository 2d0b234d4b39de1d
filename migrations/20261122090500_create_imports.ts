import type { Knex } from 'knex'

const STATES = [
  'uploaded',
  'validating',
  'failed_validation',
  'ready',
  'queued',
  'processing',
  'completed',
  'completed_with_errors',
  'failed',
  'cancelled',
]

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('imports', t => {
    t.increments('id')
    t.text('kind').notNullable().checkIn(['contacts', 'portal_users'], 'imports_kind')
    t.text('form_key').unique()
    t.text('filename').notNullable()
    t.text('sha256').notNullable().index()
    t.bigInteger('size').notNullable()
    t.text('format').notNullable().checkIn(['csv', 'xlsx'], 'imports_format')
    t.text('encoding')
    t.text('delimiter')
    t.text('status').notNullable().checkIn(STATES, 'imports_status')
    t.text('columns')
    t.text('options').notNullable()
    t.text('file_key') // opens the encrypted upload; emptied with the file when the import ends
    t.integer('total_rows')
    t.integer('created_count').notNullable().defaultTo(0)
    t.integer('updated_count').notNullable().defaultTo(0)
    t.integer('unchanged_count').notNullable().defaultTo(0)
    t.integer('skipped_count').notNullable().defaultTo(0)
    t.integer('failed_count').notNullable().defaultTo(0)
    t.integer('access_count').notNullable().defaultTo(0)
    t.integer('next_row').notNullable().defaultTo(0)
    t.integer('batch_id').references('batches.id')
    t.integer('requested_by_staff_id').notNullable().references('staff_users.id')
    t.bigInteger('requested_at').notNullable()
    t.bigInteger('started_at')
    t.bigInteger('heartbeat_at')
    t.bigInteger('finished_at')
    t.text('error')
  })
  await knex.schema.createTable('import_rows', t => {
    t.increments('id')
    t.integer('import_id').notNullable().references('imports.id').onDelete('CASCADE')
    t.integer('row_number').notNullable()
    t.text('input')
    t.text('action').notNullable().checkIn(['create', 'update', 'unchanged', 'skip', 'error'], 'import_rows_action')
    t.text('status').notNullable().checkIn(['pending', 'done', 'failed', 'skipped'], 'import_rows_status')
    t.text('label')
    t.text('subject_type')
    t.integer('subject_id')
    t.text('changes')
    t.text('errors')
    t.unique(['import_id', 'row_number'])
    t.index(['import_id', 'action', 'row_number'])
  })
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('import_rows')
  await knex.schema.dropTable('imports')
}
