import { isPostgres, type Db } from '../../db/index.ts'

/** What lists of contacts are made of. Triggers note how often each has changed. */
export type Subject = 'contacts' | 'companies' | 'logins' | 'sign-ins' | 'access'

/** How often each has changed so far, by the changes that are committed: alike twice, nothing came in between. */
export type Marks = ReadonlyMap<string, number>

/** With more rows than this, PostgreSQL's are put together. */
const MANY_ROWS = 500

export async function listMarks(db: Db): Promise<Marks> {
  const rows = await db('list_changes')
    .groupBy('subject')
    .select<{ subject: string; times: number; rows: number }[]>(
      'subject',
      db.raw('cast(sum(times) as bigint) as times'),
      db.raw('count(*) as ??', ['rows']),
    )
  if (rows.some(row => row.rows > MANY_ROWS)) await putTogether(db)
  return new Map(rows.map(row => [row.subject, row.times]))
}

/** The marks of these subjects as one text to compare. */
export function markOf(marks: Marks, subjects: readonly Subject[]): string {
  return subjects.map(subject => String(marks.get(subject) ?? 0)).join(' ')
}

/** One row for many with the same sum; rows that somebody else puts together at this moment are left to them. */
async function putTogether(db: Db): Promise<void> {
  if (!isPostgres(db)) return
  await db.raw(`with gone as (
      delete from list_changes where ctid = any (array(select ctid from list_changes for update skip locked))
      returning subject, times)
    insert into list_changes (subject, times) select subject, sum(times) from gone group by subject`)
}
