import type { Knex } from 'knex'

const REFUSAL = 'the audit log is append-only'

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('audit_events', t => {
    t.increments('id')
    t.bigInteger('occurred_at').notNullable().index()
    t.text('actor_type').notNullable().checkIn(['staff', 'portal_user', 'system'], 'audit_events_actor_type')
    t.integer('actor_id')
    t.text('action').notNullable()
    t.text('subject_type')
    t.integer('subject_id')
    t.integer('portal_id')
    t.text('ip')
    t.text('data')
    t.index(['subject_type', 'subject_id'])
  })
  if (knex.client.dialect === 'postgresql') return refuseChangesOnPostgres(knex)
  for (const verb of ['update', 'delete']) {
    await knex.raw(
      `create trigger audit_events_no_${verb} before ${verb} on audit_events begin select raise(abort, '${REFUSAL}'); end`,
    )
  }
}

export async function down(knex: Knex): Promise<void> {
  await knex.schema.dropTable('audit_events')
  if (knex.client.dialect === 'postgresql') await knex.raw('drop function refuse_audit_change()')
}

async function refuseChangesOnPostgres(knex: Knex): Promise<void> {
  await knex.raw(
    `create function refuse_audit_change() returns trigger language plpgsql as $$ begin raise exception '${REFUSAL}'; end $$`,
  )
  await knex.raw(
    'create trigger audit_events_append_only before update or delete on audit_events for each row execute function refuse_audit_change()',
  )
}
