import type { Knex } from 'knex'

const INDEXES = {
  invitations_by_name: 'search_name, id',
  invitations_of_status_by_time: 'status, created_at, id',
  invitations_of_status_by_name: 'status, search_name, id',
  invitations_of_portal_by_time: 'portal_id, created_at, id',
  invitations_of_portal_by_name: 'portal_id, search_name, id',
}

/** The mail of an invitation says whether it has expired: its index tells so alone. */
export async function up(knex: Knex): Promise<void> {
  for (const [name, columns] of Object.entries(INDEXES))
    await knex.raw(`create index ${name} on invitations (${columns})`)
  await knex.raw('drop index emails_invitation_id')
  await knex.raw('create index emails_of_invitations on emails (invitation_id, sent_at, status)')
  await (knex.client.dialect === 'postgresql' ? onPostgres(knex) : onSqlite(knex))
}

export async function down(knex: Knex): Promise<void> {
  if (knex.client.dialect === 'postgresql')
    for (const [table, column] of searched)
      await knex.raw('drop index if exists ??', [`${table}_${column}_by_trigrams`])
  else {
    for (const [name] of triggers) await knex.raw(`drop trigger invitation_search_${name}`)
    await knex.raw('drop table invitation_search')
  }
  await knex.raw('drop index emails_of_invitations')
  await knex.raw('create index emails_invitation_id on emails (invitation_id)')
  for (const name of Object.keys(INDEXES)) await knex.raw(`drop index ${name}`)
}

const searched = [
  ['invitations', 'search_name'],
  ['invitations', 'email_normalized'],
  ['portals', 'name_normalized'],
  ['contacts', 'name_normalized'],
] as const

async function onPostgres(knex: Knex): Promise<void> {
  const { rows } = (await knex.raw("select 1 from pg_extension where extname = 'pg_trgm'")) as { rows: unknown[] }
  if (rows.length === 0) return
  for (const [table, column] of searched)
    await knex.raw('create index ?? on ?? using gin (?? gin_trgm_ops)', [
      `${table}_${column}_by_trigrams`,
      table,
      column,
    ])
}

function insertFor(which: string): string {
  return `insert into invitation_search (rowid, text)
    select invitations.id, invitations.search_name || char(10) || invitations.email_normalized || char(10)
      || portals.name_normalized || char(10) || coalesce(contacts.name_normalized, '')
    from invitations join portals on portals.id = invitations.portal_id
    left join contacts on contacts.id = invitations.contact_id where ${which};`
}

function again(column: string): string {
  return `delete from invitation_search where rowid in (select id from invitations where ${column} = new.id);
    ${insertFor(`invitations.${column} = new.id`)}`
}

const triggers: [name: string, when: string, written: string][] = [
  ['added', 'insert on invitations', insertFor('invitations.id = new.id')],
  [
    'changed',
    `update of search_name, email_normalized, portal_id, contact_id on invitations when old.search_name <> new.search_name
      or old.email_normalized <> new.email_normalized or old.portal_id <> new.portal_id
      or old.contact_id is not new.contact_id`,
    again('id'),
  ],
  ['deleted', 'delete on invitations', 'delete from invitation_search where rowid = old.id;'],
  [
    'portal_renamed',
    'update of name_normalized on portals when old.name_normalized <> new.name_normalized',
    again('portal_id'),
  ],
  [
    'contact_renamed',
    'update of name_normalized on contacts when old.name_normalized <> new.name_normalized',
    again('contact_id'),
  ],
]

/** One text for each invitation, with the names of its portal and its contact. */
async function onSqlite(knex: Knex): Promise<void> {
  await knex.raw("create virtual table invitation_search using fts5(text, tokenize = 'trigram case_sensitive 1')")
  await knex.raw(insertFor('1 = 1'))
  for (const [name, when, written] of triggers)
    await knex.raw(`create trigger invitation_search_${name} after ${when} begin ${written} end`)
}
