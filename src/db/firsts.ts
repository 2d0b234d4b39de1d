import knexFactory from 'knex'
import { hash } from 'node:crypto'

/** The first number that was said of each key, in a file of its own: any number of keys needs the same memory. */
export interface Firsts {
  /** The numbers of those keys that have one. */
  of(keys: readonly string[]): Promise<Map<string, number>>
  /** Keeps numbers; a key that has one already stays with it. */
  keep(said: readonly (readonly [key: string, number: number])[]): Promise<void>
  /** Forgets all of it. The end of the process does so too. */
  close(): Promise<void>
}

/** What is lost with the process is made again: nothing has to reach the disk. */
const PRAGMAS = ['journal_mode = off', 'synchronous = off', 'cache_size = -16000']

/**
 * Opens a private database without a name, which SQLite holds in memory while it is small, and removes by itself. Of a key
 * it holds 66 bits of a hash: nobody can read it back, and among ten million two are the same once in a million times.
 */
export async function openFirsts(): Promise<Firsts> {
  const db = knexFactory({
    client: 'sqlite3',
    connection: { filename: '' },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
  })
  for (const pragma of PRAGMAS) await db.raw(`pragma ${pragma}`)
  await db.raw('create table firsts (key text primary key, number integer not null) without rowid')
  return {
    async of(keys) {
      const found = (await db.raw(
        'select asked.key as place, number from json_each(?) as asked join firsts on firsts.key = asked.value',
        [JSON.stringify(keys.map(shortened))],
      )) as { place: number; number: number }[]
      return new Map(found.map(({ place, number }) => [keys[place] ?? '', number]))
    },
    async keep(said) {
      const pairs = said.map(([key, number]) => [shortened(key), number])
      await db.raw(
        'insert or ignore into firsts select value ->> 0, value ->> 1 from json_each(?) where true order by 1, key',
        [JSON.stringify(pairs)],
      )
    },
    close: () => db.destroy(),
  }
}

function shortened(key: string): string {
  return hash('sha1', key, 'base64').slice(0, 11)
}
