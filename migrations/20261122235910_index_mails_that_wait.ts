import type { Knex } from 'knex'

/** Most mails have none of these: what is null, or has left, needs no place in an index. */
const PARTIAL = [
  ['emails', 'emails_portal_user_id_index', 'portal_user_id', 'portal_user_id is not null'],
  ['emails', 'emails_import_id_index', 'import_id', 'import_id is not null'],
  ['emails', 'emails_sending_since', 'sending_since', 'sending_since is not null'],
  [
    'invitations',
    'invitations_invited_by_portal_user_id_index',
    'invited_by_portal_user_id',
    'invited_by_portal_user_id is not null',
  ],
] as const

export async function up(knex: Knex): Promise<void> {
  for (const [table, name, column, condition] of PARTIAL) {
    await knex.raw(`drop index ${name}`)
    await knex.raw(`create index ${name} on ${table} (${column}) where ${condition}`)
  }
  await knex.raw('drop index emails_status_send_after_index')
  await knex.raw("create index emails_waiting on emails (status, send_after, id) where status = 'queued'")
  if (knex.client.dialect !== 'postgresql') await searchedBy(knex, SAID_ONCE)
}

export async function down(knex: Knex): Promise<void> {
  if (knex.client.dialect !== 'postgresql') await searchedBy(knex, SAID_EACH_TIME)
  await knex.raw('drop index emails_waiting')
  await knex.raw('create index emails_status_send_after_index on emails (status, send_after)')
  for (const [table, name, column] of PARTIAL) {
    await knex.raw(`drop index ${name}`)
    await knex.raw(`create index ${name} on ${table} (${column})`)
  }
}

const OWN = 'invitations.search_name || char(10) || invitations.email_normalized'
const SAID_EACH_TIME = `${OWN} || char(10) || portals.name_normalized || char(10) || coalesce(contacts.name_normalized, '')`

/** The portal of a contact is called like the contact, and who is invited to it mostly too: one of the three is enough. */
const SAID_ONCE = `${OWN}
  || case when portals.name_normalized <> invitations.search_name then char(10) || portals.name_normalized else '' end
  || case when contacts.name_normalized not in (invitations.search_name, portals.name_normalized)
    then char(10) || contacts.name_normalized else '' end`

/** Texts that stand there already say the same, and stay. */
async function searchedBy(knex: Knex, text: string): Promise<void> {
  const insertFor = (which: string): string => `insert into invitation_search (rowid, text)
    select invitations.id, ${text} from invitations join portals on portals.id = invitations.portal_id
    left join contacts on contacts.id = invitations.contact_id where ${which};`
  const again = (column: string): string =>
    `delete from invitation_search where rowid in (select id from invitations where ${column} = new.id);
    ${insertFor(`invitations.${column} = new.id`)}`
  const triggers: [name: string, when: string, written: string][] = [
    ['added', 'insert on invitations', insertFor('invitations.id = new.id')],
    [
      'changed',
      `update of search_name, email_normalized, portal_id, contact_id on invitations when old.search_name <> new.search_name
        or old.email_normalized <> new.email_normalized or old.portal_id <> new.portal_id
        or old.contact_id is not new.contact_id`,
      again('id'),
    ],
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
  for (const [name, when, written] of triggers) {
    await knex.raw(`drop trigger invitation_search_${name}`)
    await knex.raw(`create trigger invitation_search_${name} after ${when} begin ${written} end`)
  }
}
