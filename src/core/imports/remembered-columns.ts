import type { Db } from '../../db/index.ts'
import { changeSetting, setting } from '../settings/values.ts'
import { headingKey, type Column, type RememberedColumns } from './columns.ts'

const KEY = 'import-columns'
const MOST_HEADINGS = 500

/** Where columns went the last time somebody chose, by heading. */
export async function rememberedColumns(db: Db): Promise<RememberedColumns> {
  return ((await setting(db, KEY)) ?? {}) as RememberedColumns
}

/** Remembers where these columns go; the headings chosen longest ago are forgotten when there are too many. */
export async function rememberColumns(trx: Db, columns: Column[]): Promise<void> {
  const chosen = new Map(columns.map(({ heading, field }) => [headingKey(heading), field]))
  const before = Object.entries(await rememberedColumns(trx)).filter(([key]) => !chosen.has(key))
  const kept = [...before, ...chosen].filter(([key]) => key !== '').slice(-MOST_HEADINGS)
  await changeSetting(trx, KEY, Object.fromEntries(kept))
}
