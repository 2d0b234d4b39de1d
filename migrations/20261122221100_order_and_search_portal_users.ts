import type { Knex } from 'knex'

/*
 * The list of portal users is sorted by what stands in other tables too: the company is their own, or that of their contact.
 * Its name is kept beside them by triggers; what the list is sorted by and searched in follows from that.
 */

const EMAIL_ORDER = 'coalesce(email_normalized, username_normalized)'
const COMPANY_ORDER = "case when company_name is null then '1' else '0' || company_name end"
const SEARCH = `coalesce(search_name, '') || X || username_normalized || X || coalesce(email_normalized, '') || X
  || coalesce(company_name, '')`

export async function up(knex: Knex): Promise<void> {
  const isPostgres = knex.client.dialect === 'postgresql'
  const text = isPostgres ? 'text collate "C"' : 'text'
  await knex.raw(`alter table portal_users add column company_name ${text}`)
  await knex.raw(`update portal_users set company_name = ${companyOf('portal_users')}`)
  const made = isPostgres ? 'stored' : 'virtual'
  for (const [column, expression] of [
    ['email_order', EMAIL_ORDER],
    ['company_order', COMPANY_ORDER],
    ['search', SEARCH.replaceAll('X', isPostgres ? 'chr(10)' : 'char(10)')],
  ])
    await knex.raw(`alter table portal_users add column ${column} ${text} generated always as (${expression}) ${made}`)
  for (const [name, columns] of [
    ['company', 'company_order, email_order, id'],
    ['email', 'email_order, id'],
  ])
    await knex.raw(`create index portal_users_by_${name} on portal_users (${columns}) where deleted_at is null`)
  await (isPostgres ? onPostgres(knex) : onSqlite(knex))
}

export async function down(knex: Knex): Promise<void> {
  if (knex.client.dialect === 'postgresql') {
    for (const [table, name] of postgresTriggers) await knex.raw(`drop trigger portal_users_${name} on ${table}`)
    for (const [, name] of postgresTriggers) await knex.raw(`drop function portal_users_${name}()`)
    await knex.raw('drop index if exists portal_users_search_by_trigrams')
  } else {
    for (const [name] of sqliteTriggers) await knex.raw(`drop trigger portal_users_${name}`)
    await knex.raw('drop table portal_user_search')
  }
  for (const name of ['company', 'email']) await knex.raw(`drop index portal_users_by_${name}`)
  for (const column of ['search', 'company_order', 'email_order', 'company_name'])
    await knex.raw(`alter table portal_users drop column ${column}`)
}

function companyOf(user: string): string {
  return `(select companies.name_normalized from companies where companies.id = coalesce(${user}.company_id,
    (select contacts.company_id from contacts where contacts.id = ${user}.contact_id)))`
}

/** Somebody's company cannot be renamed while they are added to it: the name would be the old one. */
const postgresTriggers: [table: string, name: string, when: string, written: string][] = [
  [
    'portal_users',
    'company_of_added',
    'before insert on portal_users',
    `perform 1 from contacts where id = new.contact_id for share;
     perform 1 from companies where id = coalesce(new.company_id, (select company_id from contacts where id = new.contact_id)) for share;
     new.company_name := ${companyOf('new')}; return new;`,
  ],
  [
    'portal_users',
    'company_of_changed',
    `before update of company_id, contact_id on portal_users for each row
     when (old.company_id is distinct from new.company_id or old.contact_id is distinct from new.contact_id)`,
    `perform 1 from companies where id = coalesce(new.company_id, (select company_id from contacts where id = new.contact_id)) for share;
     new.company_name := ${companyOf('new')}; return new;`,
  ],
  [
    'contacts',
    'company_of_contact',
    'after update of company_id on contacts for each row when (old.company_id is distinct from new.company_id)',
    `perform 1 from companies where id = new.company_id for share;
     update portal_users set company_name = ${companyOf('portal_users')} where contact_id = new.id; return null;`,
  ],
  [
    'companies',
    'company_renamed',
    'after update of name_normalized on companies for each row when (old.name_normalized <> new.name_normalized)',
    `update portal_users set company_name = ${companyOf('portal_users')} where company_id = new.id
       or (company_id is null and contact_id in (select id from contacts where contacts.company_id = new.id)); return null;`,
  ],
]

async function onPostgres(knex: Knex): Promise<void> {
  for (const [, name, when, written] of postgresTriggers) {
    const each = when.includes('for each row') ? '' : 'for each row'
    await knex.raw(
      `create function portal_users_${name}() returns trigger language plpgsql as $$ begin ${written} end $$`,
    )
    await knex.raw(`create trigger portal_users_${name} ${when} ${each} execute function portal_users_${name}()`)
  }
  const { rows } = (await knex.raw("select 1 from pg_extension where extname = 'pg_trgm'")) as { rows: unknown[] }
  if (rows.length > 0)
    await knex.raw('create index portal_users_search_by_trigrams on portal_users using gin (search gin_trgm_ops)')
}

const INSERTED = 'insert into portal_user_search (rowid, text) select id, search from portal_users where'
const OF_CONTACT = 'select id from contacts where contacts.company_id = new.id'

const sqliteTriggers: [name: string, when: string, written: string][] = [
  [
    'added',
    'insert on portal_users',
    `update portal_users set company_name = ${companyOf('new')}
       where id = new.id and (new.company_id is not null or new.contact_id is not null);
     ${INSERTED} id = new.id and company_name is null;`,
  ],
  [
    'company_changed',
    `update of company_id, contact_id on portal_users
       when old.company_id is not new.company_id or old.contact_id is not new.contact_id`,
    `update portal_users set company_name = ${companyOf('new')} where id = new.id;`,
  ],
  [
    'searched_changed',
    `update of search_name, username_normalized, email_normalized, company_name on portal_users
       when old.search is not new.search`,
    `delete from portal_user_search where rowid = new.id; ${INSERTED} id = new.id;`,
  ],
  ['deleted', 'delete on portal_users', 'delete from portal_user_search where rowid = old.id;'],
  [
    'contact_changed',
    'update of company_id on contacts when old.company_id is not new.company_id',
    `update portal_users set company_name = ${companyOf('portal_users')} where contact_id = new.id;`,
  ],
  [
    'company_renamed',
    'update of name_normalized on companies when old.name_normalized <> new.name_normalized',
    `update portal_users set company_name = new.name_normalized
       where company_id = new.id or (company_id is null and contact_id in (${OF_CONTACT}));`,
  ],
]

/** Texts of those who were deleted stay, as the activity log knows them still. */
async function onSqlite(knex: Knex): Promise<void> {
  await knex.raw("create virtual table portal_user_search using fts5(text, tokenize = 'trigram case_sensitive 1')")
  await knex.raw(`${INSERTED} 1 = 1`)
  for (const [name, when, written] of sqliteTriggers)
    await knex.raw(`create trigger portal_users_${name} after ${when} begin ${written} end`)
}
