import type { Knex } from 'knex'

/*
 * SQLite keeps one text for each contact that is not archived, with the company's name and the username, and finds any
 * three letters of it through their own index. PostgreSQL has such an index for each of the three columns, if its
 * extension may be installed; without it everything is found all the same, only later.
 */

export async function up(knex: Knex): Promise<void> {
  if (knex.client.dialect === 'postgresql') return onPostgres(knex)
  await knex.raw("create virtual table contact_search using fts5(text, tokenize = 'trigram case_sensitive 1')")
  await knex.raw(insertFor('1 = 1'))
  for (const [name, when, written] of triggers) {
    await knex.raw(`create trigger contact_search_${name} after ${when} begin ${written} end`)
  }
}

export async function down(knex: Knex): Promise<void> {
  if (knex.client.dialect === 'postgresql') {
    for (const [table] of searched) await knex.raw('drop index if exists ??', [`${table}_by_trigrams`])
    return
  }
  for (const [name] of triggers) await knex.raw(`drop trigger contact_search_${name}`)
  await knex.raw('drop table contact_search')
}

const searched = [
  ['contacts', 'search'],
  ['companies', 'name_normalized'],
  ['portal_users', 'username_normalized'],
] as const

async function onPostgres(knex: Knex): Promise<void> {
  await knex.raw(`do $$ begin create extension if not exists pg_trgm;
    exception when insufficient_privilege or undefined_file or feature_not_supported then null; end $$`)
  const { rows } = (await knex.raw("select 1 from pg_extension where extname = 'pg_trgm'")) as { rows: unknown[] }
  if (rows.length === 0) return
  for (const [table, column] of searched) {
    await knex.raw('create index ?? on ?? using gin (?? gin_trgm_ops)', [`${table}_by_trigrams`, table, column])
  }
}

function insertFor(which: string): string {
  return `insert into contact_search (rowid, text)
    select contacts.id, contacts.search || char(10) || coalesce(companies.name_normalized, '') || char(10)
      || coalesce(portal_users.username_normalized, '')
    from contacts left join companies on companies.id = contacts.company_id
    left join portal_users on portal_users.contact_id = contacts.id and portal_users.deleted_at is null
    where contacts.archived_at is null and ${which};`
}

function again(id: string): string {
  return `delete from contact_search where rowid = ${id}; ${insertFor(`contacts.id = ${id}`)}`
}

const OF_COMPANY = 'select id from contacts where company_id = new.id'

const triggers: [name: string, when: string, written: string][] = [
  ['contact_added', 'insert on contacts when new.archived_at is null', insertFor('contacts.id = new.id')],
  [
    'contact_changed',
    `update of search, company_id, archived_at on contacts when old.search is not new.search
      or old.company_id is not new.company_id or (old.archived_at is null) <> (new.archived_at is null)`,
    again('new.id'),
  ],
  ['contact_deleted', 'delete on contacts', 'delete from contact_search where rowid = old.id;'],
  [
    'company_renamed',
    'update of name_normalized on companies when old.name_normalized <> new.name_normalized',
    `delete from contact_search where rowid in (${OF_COMPANY}); ${insertFor('contacts.company_id = new.id')}`,
  ],
  ['login_added', 'insert on portal_users when new.contact_id is not null', again('new.contact_id')],
  [
    'login_changed',
    `update of contact_id, username_normalized, deleted_at on portal_users when old.contact_id is not new.contact_id
      or old.username_normalized <> new.username_normalized or old.deleted_at is not new.deleted_at`,
    `${again('old.contact_id')} ${again('new.contact_id')}`,
  ],
  ['login_deleted', 'delete on portal_users when old.contact_id is not null', again('old.contact_id')],
]
