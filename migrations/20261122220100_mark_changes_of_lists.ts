import type { Knex } from 'knex'

/*
 * How often what lists are made of has changed, by what it was: a list that was counted is counted again only after that. On
 * SQLite, where one writes at a time, each has one row. On PostgreSQL every changing statement adds a row, so that nobody
 * waits for anybody; the sum of those that are committed is the same for all who see the same data.
 */

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable('list_changes', t => {
    t.text('subject').notNullable()
    t.bigInteger('times').notNullable()
  })
  await knex('list_changes').insert(watched.map(({ subject }) => ({ subject, times: 0 })))
  await (isPostgres(knex) ? onPostgres(knex) : onSqlite(knex))
}

export async function down(knex: Knex): Promise<void> {
  for (const { name, table } of watched) {
    if (isPostgres(knex)) await knex.raw('drop trigger ?? on ??', [`marks_${name}`, table])
    else for (const when of EVENTS) await knex.raw('drop trigger if exists ??', [`marks_${name}_${when}`])
  }
  if (isPostgres(knex)) await knex.raw('drop function mark_list_change()')
  await knex.schema.dropTable('list_changes')
}

const EVENTS = ['insert', 'delete', 'update']

/** What is watched of a table: rows that come and go, if `rows`, and changes of these columns. */
const watched: { name: string; subject: string; table: string; rows: boolean; columns: string[] }[] = [
  {
    name: 'contacts',
    subject: 'contacts',
    table: 'contacts',
    rows: true,
    columns: ['archived_at', 'contact_type', 'company_id', 'name_normalized', 'email_normalized', 'search'],
  },
  { name: 'companies', subject: 'companies', table: 'companies', rows: true, columns: ['name_normalized'] },
  {
    name: 'logins',
    subject: 'logins',
    table: 'portal_users',
    rows: true,
    columns: ['contact_id', 'username_normalized', 'status', 'deleted_at'],
  },
  {
    name: 'sign_ins',
    subject: 'sign-ins',
    table: 'portal_users',
    rows: false,
    columns: ['first_login_at', 'last_login_at'],
  },
  {
    name: 'access',
    subject: 'access',
    table: 'portal_access',
    rows: true,
    columns: ['portal_id', 'portal_user_id', 'revoked_at'],
  },
]

function isPostgres(knex: Knex): boolean {
  return knex.client.dialect === 'postgresql'
}

async function onPostgres(knex: Knex): Promise<void> {
  await knex.raw(`create function mark_list_change() returns trigger language plpgsql as $$ begin
    insert into list_changes (subject, times) values (tg_argv[0], 1); return null; end $$`)
  for (const { name, subject, table, rows, columns } of watched) {
    const events = [...(rows ? ['insert', 'delete', 'truncate'] : []), `update of ${columns.join(', ')}`].join(' or ')
    await knex.raw(
      `create trigger marks_${name} after ${events} on ${table} for each statement execute function mark_list_change('${subject}')`,
    )
  }
}

async function onSqlite(knex: Knex): Promise<void> {
  for (const { name, subject, table, rows, columns } of watched) {
    const mark = `begin update list_changes set times = times + 1 where subject = '${subject}'; end`
    if (rows)
      for (const when of ['insert', 'delete'])
        await knex.raw(`create trigger marks_${name}_${when} after ${when} on ${table} ${mark}`)
    const changed = columns.map(column => `old.${column} is not new.${column}`).join(' or ')
    await knex.raw(
      `create trigger marks_${name}_update after update of ${columns.join(', ')} on ${table} when ${changed} ${mark}`,
    )
  }
}
