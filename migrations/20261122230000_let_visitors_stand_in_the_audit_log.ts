import type { Knex } from 'knex'

const REFUSAL = 'the audit log is append-only'
const COLUMNS = 'id, occurred_at, actor_type, actor_id, action, subject_type, subject_id, portal_id, ip, data'

/** Visitors are those who are not signed in. What has a `once_key` stands in the log once, however often it happens. */
export async function up(knex: Knex): Promise<void> {
  const index = 'create unique index audit_events_once on audit_events (once_key) where once_key is not null'
  if (knex.client.dialect !== 'postgresql') {
    await rebuild(knex, "'staff', 'portal_user', 'system', 'visitor'", 'actor_type', true)
    return knex.raw(index)
  }
  await knex.raw('alter table audit_events drop constraint audit_events_actor_type')
  await knex.raw(
    "alter table audit_events add constraint audit_events_actor_type check (actor_type in ('staff', 'portal_user', 'system', 'visitor'))",
  )
  await knex.raw('alter table audit_events add column once_key text')
  await knex.raw(index)
}

/** Lines of visitors are kept, as lines of Portico itself. */
export async function down(knex: Knex): Promise<void> {
  const known = "case actor_type when 'visitor' then 'system' else actor_type end"
  if (knex.client.dialect !== 'postgresql') return rebuild(knex, "'staff', 'portal_user', 'system'", known, false)
  await knex.raw('alter table audit_events disable trigger audit_events_append_only')
  await knex.raw("update audit_events set actor_type = 'system' where actor_type = 'visitor'")
  await knex.raw('alter table audit_events enable trigger audit_events_append_only')
  await knex.raw('drop index audit_events_once')
  await knex.raw('alter table audit_events drop column once_key')
  await knex.raw('alter table audit_events drop constraint audit_events_actor_type')
  await knex.raw(
    "alter table audit_events add constraint audit_events_actor_type check (actor_type in ('staff', 'portal_user', 'system'))",
  )
}

/** SQLite changes a check only by making the table anew. */
async function rebuild(knex: Knex, types: string, actorType: string, hasKey: boolean): Promise<void> {
  await knex.raw(
    `create table audit_events_anew (
      id integer not null primary key autoincrement,
      occurred_at bigint not null,
      actor_type text not null constraint audit_events_actor_type check (actor_type in (${types})),
      actor_id integer,
      action text not null,
      subject_type text,
      subject_id integer,
      portal_id integer,
      ip text,
      data text${hasKey ? ', once_key text' : ''}
    )`,
  )
  await knex.raw(
    `insert into audit_events_anew (${COLUMNS}) select ${COLUMNS.replace('actor_type', actorType)} from audit_events order by id`,
  )
  await knex.raw('drop table audit_events')
  await knex.raw('alter table audit_events_anew rename to audit_events')
  await knex.raw('create index audit_events_occurred_at_index on audit_events (occurred_at)')
  await knex.raw('create index audit_events_subject_type_subject_id_index on audit_events (subject_type, subject_id)')
  for (const verb of ['update', 'delete'])
    await knex.raw(
      `create trigger audit_events_no_${verb} before ${verb} on audit_events begin select raise(abort, '${REFUSAL}'); end`,
    )
}
