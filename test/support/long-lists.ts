import { isPostgres, type Db } from '../../src/db/index.ts'

const DAY_MS = 86_400_000

/** So many portal users, mails, invitations and lines of the log, with companies, contacts and portals. */
export async function longLists(db: Db, many: number, now: number): Promise<void> {
  const time = `${String(now - 60 * DAY_MS)} + i * 1000`
  await counted(db, 50, 'companies', {
    name: "'Company ' || i",
    name_normalized: "'company ' || i",
    created_at: time,
    updated_at: time,
  })
  await db('staff_users').insert(ROSA(now))
  await counted(db, many, 'contacts', {
    name: "'Person ' || i",
    name_normalized: "'person ' || i",
    search: "'person ' || i",
    contact_type: "'client'",
    company_id: 'case when i % 3 = 0 then 1 + i % 50 end',
    version: '1',
    created_at: time,
    updated_at: time,
  })
  await counted(db, many, 'portal_users', {
    contact_id: 'i',
    company_id: 'case when i % 2 = 0 then 1 + i % 50 end',
    name: "'Person ' || i",
    search_name: "'person ' || i",
    username: "'person.' || i",
    username_normalized: "'person.' || i",
    status: "'active'",
    created_at: time,
    updated_at: time,
  })
  await counted(db, many, 'portals', {
    kind: "'contact'",
    name: "'Person ' || i",
    name_normalized: "'person ' || i",
    slug: "'person-' || i",
    contact_id: 'i',
    created_at: time,
    updated_at: time,
  })
  await counted(db, many, 'invitations', {
    portal_id: '1 + i % 20',
    contact_id: '1 + i % 20',
    name: "'Guest ' || i",
    search_name: "'guest ' || i",
    email: "'guest.' || i || '@x.example'",
    email_normalized: "'guest.' || i || '@x.example'",
    can_invite_others: 'i < 0',
    can_view_details: 'i > 0',
    can_view_documents: 'i > 0',
    token_hash: "'hash ' || i",
    status: `case i % 4 when 0 then 'accepted' when 1 then 'cancelled' when 2 then 'superseded' else 'open' end`,
    invited_by_staff_id: '1',
    created_at: time,
  })
  await counted(db, many, 'emails', {
    to_email: "'guest.' || i || '@x.example'",
    template: "'invitation'",
    subject: "'Invitation ' || i",
    masked_text: "'Hello'",
    invitation_id: 'i',
    status: `case when i % 50 = 0 then 'failed' when i % 5 = 0 then 'queued' else 'sent' end`,
    sent_at: `case when i % 5 > 0 then ${String(now - 60 * DAY_MS)} + i * ${String(Math.ceil((60 * DAY_MS) / many))} end`,
    sending_since: `case when i % 5 > 0 or i % 50 = 0 then ${String(now - 60 * DAY_MS)} + i * ${String(Math.ceil((60 * DAY_MS) / many))} end`,
    send_after: time,
    message_id: "'message ' || i",
    created_at: time,
  })
  await counted(db, many, 'audit_events', {
    occurred_at: time,
    actor_type: "case i % 3 when 0 then 'staff' when 1 then 'portal_user' else 'system' end",
    actor_id: 'case i % 3 when 0 then 1 when 1 then i end',
    action: "case i % 5 when 0 then 'contact.added' else 'portal.changed' end",
    subject_type: "'contact'",
    subject_id: 'i',
    ip: "'10.0.0.' || i % 250",
    data: `'{"name":"Person ' || i || '"}'`,
    search: `'contact.added' || ${isPostgres(db) ? 'chr' : 'char'}(10) || '{"name":"person ' || i || '"}'`,
  })
  await db.raw('analyze')
}

const ROSA = (now: number): Record<string, unknown> => ({
  name: 'Rosa Marsh',
  email: 'rosa@office.example',
  email_normalized: 'rosa@office.example',
  role: 'admin',
  status: 'active',
  created_at: now,
  updated_at: now,
})

/** One row for each number `i` from 1, in one statement. */
async function counted(db: Db, many: number, table: string, columns: Record<string, string>): Promise<void> {
  const names = Object.keys(columns).join(', ')
  const series = 'with recursive n (i) as (select cast(1 as bigint) union all select i + 1 from n where i < ?)'
  await db.raw(`insert into ${table} (${names}) ${series} select ${Object.values(columns).join(', ')} from n`, [many])
}
