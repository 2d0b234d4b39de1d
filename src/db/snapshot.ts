import { openDb, type Db } from './index.ts'

/** The file of a SQLite database, from its address. */
export function sqliteFile(url: string): string {
  return url.replace(/^sqlite:/, '')
}

/** Writes a SQLite database as it is at this moment into a new file, whoever writes meanwhile. */
export async function snapshot(db: Db, file: string): Promise<void> {
  await db.raw('vacuum into ?', [file])
}

/** What is wrong with a SQLite file, in the words of SQLite; empty when nothing is. */
export async function mistakesIn(file: string): Promise<string[]> {
  const db = openDb(`sqlite:${file}`)
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
