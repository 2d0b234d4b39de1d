import type { Knex } from 'knex'
import { isPostgres, type Db } from '../db/index.ts'
import { containing, normalized } from './names.ts'
import { countedUpTo } from './stretch.ts'

/*
 * Looking for a text anywhere in a column of normalized texts. An index of three letters each says who has it; of many,
 * or of fewer letters than three, one row is looked at after the other. What is found is the same.
 */

/** `texts` is the index of the column on SQLite; on PostgreSQL the column has one itself. */
export interface Searched {
  table: string
  column: string
  texts: string
}

/** 'at-first': all who have it are looked up, then sorted; 'in-each': rows are read in order until a page is full. */
export type Way = 'in-each' | 'at-first'

const SHORTEST_INDEXED = 3

/** Only the rows with this text, in a query that reads the table; every row where there is nothing to look for. */
export function whereText(
  query: Knex.QueryBuilder,
  db: Db,
  searched: Searched,
  text: string,
  way: Way,
): Knex.QueryBuilder {
  if (!normalized(text)) return query
  if (way === 'at-first' && isIndexed(text))
    return query.whereIn(`${searched.table}.id`, idsWithText(db, searched, text))
  return hasText(query, `${searched.table}.${searched.column}`, text)
}

/** The better way to look for this text: few are known at once, and of many a page is soon full. */
export async function wayToFind(db: Db, searched: Searched, text: string): Promise<Way> {
  return wayToFindIn(db, text, () => [idsWithText(db, searched, text)])
}

/** The same where the rows with a text are made up of parts; these are asked for only if an index can tell. */
export async function wayToFindIn(db: Db, text: string, parts: () => Knex.QueryBuilder[]): Promise<Way> {
  if (!isIndexed(text)) return 'in-each'
  for (const part of parts()) if ((await countedUpTo(db, part)).more) return 'in-each'
  return 'at-first'
}

/** The ids of the rows with this text, which has three letters at least. */
export function idsWithText(db: Db, { table, column, texts }: Searched, text: string): Knex.QueryBuilder {
  if (isPostgres(db)) return hasText(db(table), `${table}.${column}`, text).select(`${table}.id`)
  return textsWith(db, texts, text).select('rowid')
}

/** On SQLite: the rows of an index of texts in which this one stands. */
export function textsWith(db: Db, texts: string, text: string): Knex.QueryBuilder {
  return db(texts).whereRaw('?? match ?', [texts, `"${normalized(text).replaceAll('"', '""')}"`])
}

/** Whether an index of trigrams can tell who has this text. A question to it ends at a zero character. */
export function isIndexed(text: string): boolean {
  return [...normalized(text)].length >= SHORTEST_INDEXED && !text.includes('\0')
}

export function hasText(query: Knex.QueryBuilder, column: string, text: string): Knex.QueryBuilder {
  return query.whereRaw(String.raw`?? like ? escape '\'`, [column, containing(text)])
}
