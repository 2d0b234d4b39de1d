import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import knexFactory from 'knex'
import { openDb } from './index.ts'

/**
 * A SQLite database is its file and what lies beside it: found beside another file, that would be read as part of it.
 */
const ENDINGS = ['', '-wal', '-shm', '-journal']

/** The file of a SQLite database, from its address. */
export function sqliteFile(url: string): string {
  return url.replace(/^sqlite:/, '')
}

/** Whether there is a SQLite database in this place, or what is left of one. */
export function isTaken(file: string): boolean {
  return ENDINGS.some(ending => existsSync(`${file}${ending}`))
}

/** Removes a SQLite database that nobody has open, and what is left of one. */
export async function removeDatabase(file: string): Promise<void> {
  for (const ending of ENDINGS) await rm(`${file}${ending}`, { force: true })
}

/** Whether this file is there and a database of Portico: nothing is made by asking. */
export async function holdsPortico(file: string): Promise<boolean> {
  if (!existsSync(file)) return false
  const db = openDb(`sqlite:${file}`)
  try {
    return await db.schema.hasTable('settings')
  } finally {
    await db.destroy()
  }
}

/** Writes a SQLite database as it is at this moment into a new file, whoever writes meanwhile. */
export async function snapshot(from: string, file: string): Promise<void> {
  const db = openDb(`sqlite:${from}`)
  try {
    await db.raw('vacuum into ?', [file])
  } finally {
    await db.destroy()
  }
}

/**
 * What is wrong with a SQLite file, in the words of SQLite; empty when nothing is. It is opened as it is, not as Portico works
 * with it: a backup may lie on a share where that would not do.
 */
export async function mistakesIn(file: string): Promise<string[]> {
  const db = knexFactory({ client: 'sqlite3', connection: { filename: file }, useNullAsDefault: true })
  try {
    if (!(await db.schema.hasTable('settings'))) return ['it holds no tables of Portico']
    const [integrity, links] = [await db.raw('pragma integrity_check'), await db.raw('pragma foreign_key_check')] as [
      { integrity_check: string }[],
      { table: string }[],
    ]
    const said = integrity.map(row => row.integrity_check).filter(words => words !== 'ok')
    return [...said, ...links.map(({ table }) => `a row of ${table} refers to one that is not there`)]
  } finally {
    await db.destroy()
  }
}
