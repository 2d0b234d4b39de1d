import type { Knex } from 'knex'

const REFUSAL = 'the audit log is append-only'
const INDEXES = {
  audit_events_by_time: 'occurred_at, id',
  audit_events_by_action: 'action, occurred_at, id',
  audit_events_by_kind: 'actor_type, occurred_at, id',
  audit_events_by_actor: 'actor_type, actor_id, occurred_at, id',
}

/** What a line says is kept as it is searched: without capitals and accents. */
export async function up(knex: Knex): Promise<void> {
  const isPostgres = knex.client.dialect === 'postgresql'
  await knex.raw('alter table audit_events add column search text')
  await knex.raw(isPostgres ? 'alter table audit_events disable trigger user' : 'drop trigger audit_events_no_update')
  await fill(knex, isPostgres)
  await knex.raw('drop index audit_events_occurred_at_index')
  for (const [name, columns] of Object.entries(INDEXES))
    await knex.raw(`create index ${name} on audit_events (${columns})`)
  if (isPostgres) {
    await knex.raw('alter table audit_events enable trigger user')
    return searchOnPostgres(knex)
  }
  await knex.raw(
    `create trigger audit_events_no_update before update on audit_events begin select raise(abort, '${REFUSAL}'); end`,
  )
  await searchOnSqlite(knex)
}

export async function down(knex: Knex): Promise<void> {
  if (knex.client.dialect === 'postgresql') await knex.raw('drop index if exists audit_events_search_by_trigrams')
  else {
    await knex.raw('drop trigger audit_events_searched')
    await knex.raw('drop table audit_search')
  }
  for (const name of Object.keys(INDEXES)) await knex.raw(`drop index ${name}`)
  await knex.raw('create index audit_events_occurred_at_index on audit_events (occurred_at)')
  await knex.raw('alter table audit_events drop column search')
}

async function fill(knex: Knex, isPostgres: boolean): Promise<void> {
  for (let last = 0; ;) {
    const rows = await knex('audit_events')
      .where('id', '>', last)
      .orderBy('id')
      .limit(5000)
      .select<{ id: number; action: string; ip: string | null; data: string | null }[]>('id', 'action', 'ip', 'data')
    if (rows.length === 0) return
    const filled = JSON.stringify(rows.map(({ id, action, ip, data }) => [id, searched(action, ip, data)]))
    const [id, text, all] = isPostgres
      ? ['(value->>0)::int', 'value->>1', 'json_array_elements(?::json)']
      : ["json_extract(value, '$[0]')", "json_extract(value, '$[1]')", 'json_each(?)']
    await knex.raw(
      `update audit_events set search = filled.text from (select ${id} as line, ${text} as text from ${all}) as filled
       where audit_events.id = filled.line`,
      [filled],
    )
    last = rows.at(-1)?.id ?? 0
  }
}

function searched(...texts: (string | null)[]): string {
  const plain = (text: string): string =>
    text
      .normalize('NFKD')
      .replace(/[\u0300-\u036f]/g, '')
      .toLowerCase()
      .replace(/\s+/g, ' ')
      .trim()
  return texts.map(text => plain(text ?? '')).join('\n')
}

async function searchOnPostgres(knex: Knex): Promise<void> {
  const { rows } = (await knex.raw("select 1 from pg_extension where extname = 'pg_trgm'")) as { rows: unknown[] }
  if (rows.length > 0)
    await knex.raw('create index audit_events_search_by_trigrams on audit_events using gin (search gin_trgm_ops)')
}

/** The index has no texts of its own: lines of the log stay as they are. */
async function searchOnSqlite(knex: Knex): Promise<void> {
  await knex.raw(
    "create virtual table audit_search using fts5(search, content='audit_events', content_rowid='id', tokenize='trigram case_sensitive 1')",
  )
  await knex.raw("insert into audit_search (audit_search) values ('rebuild')")
  await knex.raw(
    'create trigger audit_events_searched after insert on audit_events begin insert into audit_search (rowid, search) values (new.id, new.search); end',
  )
}
