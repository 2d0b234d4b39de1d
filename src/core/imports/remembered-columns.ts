import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { changeSetting, setting } from '../settings/values.ts'
import { headingKey, type Column, type RememberedColumns } from './columns.ts'

const KEY = 'import-columns'
const MOST_HEADINGS = 500

/** Where columns went the last time somebody chose, by heading. */
export async function rememberedColumns(db: Db): Promise<RememberedColumns> {
  return ((await setting(db, KEY)) ?? {}) as RememberedColumns
}

/**
 * Remembers where these columns go; the headings chosen longest ago are forgotten when there are too many. What changes
 * leaves a line in the audit log, by its fields: a file without a heading row would give away people by its headings.
 */
export async function rememberColumns(
  trx: Db,
  staff: Staff,
  importId: number,
  columns: Column[],
  now: number,
): Promise<void> {
  const remembered = await rememberedColumns(trx)
  const chosen = new Map(
    columns.map(({ heading, field }) => [headingKey(heading), field] as const).filter(([key]) => key !== ''),
  )
  const before = Object.entries(remembered).filter(([key]) => !chosen.has(key))
  await changeSetting(trx, KEY, Object.fromEntries([...before, ...chosen].slice(-MOST_HEADINGS)))
  const changed = [...chosen].filter(([key, field]) => !Object.hasOwn(remembered, key) || remembered[key] !== field)
  if (changed.length === 0) return
  const data = { columns: changed.length, fields: changed.map(([, field]) => field) }
  await record(trx, staff, 'import.columns-remembered', { type: 'import', id: importId }, data, now)
}
