import { jsonWords, listIn, rowsOf, type Json } from '../../db/asked.ts'
import { isPostgres, type Db } from '../../db/index.ts'

/** What lists of contacts are made of. Triggers note how often each has changed. */
export type Subject = 'contacts' | 'companies' | 'logins' | 'sign-ins' | 'access'

/** How often each has changed so far, by the changes that are committed: alike twice, nothing came in between. */
export type Marks = ReadonlyMap<string, number>

/** With more rows than this, PostgreSQL's are put together. */
const MANY_ROWS = 500

export async function listMarks(db: Db): Promise<Marks> {
  const [row] = await rowsOf<{ marks: Json<Subjects> }>(db, `select ${marksColumn(db)} as marks`, [])
  return marksIn(db, row?.marks ?? null)
}

type Subjects = [subject: string, times: number, rows: number][]

/** The marks as a column of a statement in text, for `marksIn`. */
export function marksColumn(db: Db): string {
  const { list, all } = jsonWords(db)
  return `(select ${all}(${list}(subject, times, many)) from (select subject, cast(sum(times) as bigint) as times, count(*) as many
    from list_changes group by subject) as changes)`
}

export async function marksIn(db: Db, column: Json<Subjects>): Promise<Marks> {
  const subjects = listIn(column)
  if (subjects.some(([, , many]) => many > MANY_ROWS)) await putTogether(db)
  return new Map(subjects.map(([subject, times]) => [subject, times]))
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
