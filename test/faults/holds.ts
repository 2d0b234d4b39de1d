import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Config } from '../../src/config.ts'
import { diskStorage } from '../../src/core/documents/storage.ts'
import { isPostgres, type Db } from '../../src/db/index.ts'

/** What does not hold of a database after any fault, a sentence each; empty when all is well. */
export async function broken(db: Db, config: Config): Promise<string[]> {
  const all = await Promise.all([
    brokenFile(db),
    leftAtWork(db),
    notOnce(db, 'imports that ended without one line in the log', endedWithoutLine(db)),
    notOnce(db, 'people with more than one open invitation to a portal', openTwice(db)),
    notOnce(db, 'logins with one portal twice', accessTwice(db)),
    documentsWithoutContent(db, config),
  ])
  return all.flat()
}

async function brokenFile(db: Db): Promise<string[]> {
  if (isPostgres(db)) return []
  const [whole] = await db.raw<{ integrity_check: string }[]>('pragma integrity_check')
  const strays = await db.raw<unknown[]>('pragma foreign_key_check')
  return [
    ...(whole?.integrity_check === 'ok' ? [] : [`the file is damaged: ${String(whole?.integrity_check)}`]),
    ...(strays.length === 0 ? [] : [`${String(strays.length)} rows point nowhere`]),
  ]
}

const LONGEST_MS = 90_000

/** Whatever is under way comes to its end by itself. */
async function leftAtWork(db: Db): Promise<string[]> {
  for (let waited = 0; ; waited += 100) {
    const left = await db('jobs').whereIn('state', ['running', 'dead']).select<{ kind: string; state: string }[]>()
    const isOver = !left.some(({ state }) => state === 'running') || waited >= LONGEST_MS
    if (isOver) return left.map(({ kind, state }) => `the job ${kind} is ${state}`)
    await setTimeout(100)
  }
}

async function notOnce(db: Db, what: string, query: ReturnType<Db['from']>): Promise<string[]> {
  const rows = await (query as unknown as Promise<unknown[]>)
  return rows.length === 0 ? [] : [`${String(rows.length)} ${what}`]
}

function endedWithoutLine(db: Db) {
  const lines = db('audit_events')
    .where({ action: 'import.finished' })
    .whereRaw("subject_type = 'import'")
    .whereRaw('subject_id = imports.id')
    .count('*')
  return db('imports')
    .whereIn('status', ['completed', 'completed_with_errors'])
    .whereRaw('(?) <> 1', [lines])
    .select('id')
}

function openTwice(db: Db) {
  return db('invitations')
    .where({ status: 'open' })
    .groupBy('portal_id', 'email_normalized')
    .having(db.raw('count(*)'), '>', 1)
    .select('portal_id')
}

function accessTwice(db: Db) {
  return db('portal_access')
    .whereNull('revoked_at')
    .groupBy('portal_user_id', 'portal_id')
    .having(db.raw('count(*)'), '>', 1)
    .select('portal_user_id')
}

async function documentsWithoutContent(db: Db, config: Config): Promise<string[]> {
  const rows = await db('documents').select<{ storage_key: string; sha256: string }[]>('storage_key', 'sha256')
  const wrong: string[] = []
  for (const { storage_key: key, sha256 } of rows) {
    const place = path.join(config.dataDir, 'documents', key.slice(0, 2), key)
    const content = await readFile(place).catch(() => null)
    if (!content || createHash('sha256').update(content).digest('hex') !== sha256) wrong.push(`no content of ${key}`)
  }
  return wrong
}

/** Content that no document needs, as soon as it has been swept. */
export async function strayContent(db: Db, config: Config): Promise<number> {
  const needed = new Set(await db('documents').pluck<string[]>('storage_key'))
  let strays = 0
  for await (const keys of diskStorage(config).keys()) strays += keys.filter(key => !needed.has(key)).length
  return strays
}
