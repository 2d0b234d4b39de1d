import type { Db } from '../../db/index.ts'

/** A value the office keeps under a name, or null when it was never set. */
export async function setting(db: Db, key: string): Promise<unknown> {
  const row = await db('settings').where({ key }).first<{ value: string } | undefined>('value')
  return settingIn(row?.value ?? null)
}

/** The value under a name as a column of a statement in text, for `settingIn`. */
export function settingColumn(key: string): string {
  return `(select value from settings where key = '${key}')`
}

/** The value that such a column held, or null when it was never set. */
export function settingIn(column: string | null): unknown {
  return column === null ? null : (JSON.parse(column) as unknown)
}

/**
 * As `setting`, for those who change it: the next one who does waits here until this transaction ends, also for a value that
 * was never set. It is null then as well.
 */
export async function settingToChange(trx: Db, key: string): Promise<unknown> {
  await trx('settings').insert({ key, value: 'null' }).onConflict('key').ignore()
  const row = await trx('settings').where({ key }).forUpdate().first<{ value: string } | undefined>('value')
  return row ? (JSON.parse(row.value) as unknown) : null
}

/** Sets the value under a name, whether there was one or not. */
export async function changeSetting(trx: Db, key: string, value: unknown): Promise<void> {
  await trx('settings')
    .insert({ key, value: JSON.stringify(value) })
    .onConflict('key')
    .merge()
}
