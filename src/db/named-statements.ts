/*
 * PostgreSQL plans a statement without a name whenever it is asked, which for those of pages takes as long as answering or
 * longer. With a name it is planned once for each connection, until the tables are counted anew.
 */

const OFTEN = 5
/** In characters: what is longer has many parts, and each number of them is another statement. */
const LONGEST = 10_000
/** Each is kept by each connection. */
const MOST_NAMED = 100
const MOST_COUNTED = 1000

const names = new Map<string, string>()
const times = new Map<string, number>()

/** The name of a statement that this process asks again and again; null for others, and where there are too many. */
export function nameOf(sql: string): string | null {
  const known = names.get(sql)
  if (known !== undefined || names.size >= MOST_NAMED || sql.length > LONGEST) return known ?? null
  const asked = (times.get(sql) ?? 0) + 1
  if (asked < OFTEN) {
    if (times.size >= MOST_COUNTED) times.clear()
    times.set(sql, asked)
    return null
  }
  times.delete(sql)
  const name = `page_${String(names.size + 1)}`
  names.set(sql, name)
  return name
}
