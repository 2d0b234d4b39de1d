import { randomBytes } from 'node:crypto'
import { copyFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { Client } from 'pg'
import { openDb, type Db } from '../../src/db/index.ts'
import { migrate } from '../../src/db/migrate.ts'
import { scratchFolder } from './scratch.ts'

export type Engine = 'sqlite' | 'postgres'

/** A database of one test: `url` is for `openDb`. */
export interface TestDatabase {
  url: string
  /** Removes the database, whoever is still connected to it. */
  drop(): Promise<void>
}

export interface OpenDatabase {
  db: Db
  another: () => Db
  end: () => Promise<void>
}

/** The engine this run is on. */
export const engine: Engine = chosenEngine(process.env.PORTICO_TEST_ENGINE ?? 'sqlite')

const runId = randomBytes(4).toString('hex')
let made = 0
/**
 * For heavy suites whose subject does not depend on the engine: what a browser shows, what a workbook holds, what a mail
 * server answers. What they stand on is tested on both, and each of them runs beside one.
 */
export function describeOn(name: typeof engine): typeof describe | (() => undefined) {
  return engine === name ? describe : () => undefined
}

/** The one connection over which databases are made and removed. */
let server: Promise<Client> | undefined
const templates: Partial<Record<Engine, Promise<string>>> = {}

/** A new database with every migration run and no rows, copied from one that was migrated once. */
export async function freshDatabase(on: Engine = engine): Promise<TestDatabase> {
  templates[on] ??= on === 'postgres' ? migratedPostgres() : migratedSqlite()
  const source = await templates[on]
  made += 1
  return on === 'postgres' ? copyOfPostgres(source) : copyOfSqlite(source)
}

/** A new database without a single table. */
export async function emptyDatabase(): Promise<TestDatabase> {
  made += 1
  if (engine === 'sqlite') return sqliteAt(path.join(scratchFolder(), `empty-${runId}-${String(made)}.db`))
  const name = `portico_empty_${runId}_${String(made)}`
  await onServer(`create database "${name}"`)
  return postgresCalled(name)
}

/** Removes the template and lets go of the server; for the end of the run. */
export async function dropTemplate(): Promise<void> {
  const source = await templates.postgres?.catch(() => undefined)
  if (source !== undefined) await onServer(`drop database if exists "${source}" with (force)`)
  const client = await server?.catch(() => undefined)
  await client?.end()
}

function chosenEngine(name: string): Engine {
  if (name === 'sqlite' || name === 'postgres') return name
  throw new Error(`PORTICO_TEST_ENGINE is ${name}: it can be sqlite or postgres.`)
}

async function migratedSqlite(): Promise<string> {
  const file = path.join(scratchFolder(), `template-${runId}.db`)
  await migrated(`sqlite:${file}`)
  return file
}

async function copyOfSqlite(source: string): Promise<TestDatabase> {
  const file = path.join(scratchFolder(), `test-${runId}-${made}.db`)
  await copyFile(source, file)
  return sqliteAt(file)
}

function sqliteAt(file: string): TestDatabase {
  return {
    url: `sqlite:${file}`,
    async drop() {
      await Promise.all([file, `${file}-wal`, `${file}-shm`, `${file}.lock`].map(name => rm(name, { force: true })))
    },
  }
}

async function migratedPostgres(): Promise<string> {
  const name = `portico_template_${runId}`
  await onServer(`create database "${name}"`)
  await migrated(urlOf(name))
  return name
}

async function copyOfPostgres(source: string): Promise<TestDatabase> {
  const name = `portico_test_${runId}_${made}`
  await onServer(`create database "${name}" template "${source}" strategy file_copy`)
  return postgresCalled(name)
}

function postgresCalled(name: string): TestDatabase {
  return {
    url: urlOf(name),
    async drop() {
      await onServer(`drop database if exists "${name}" with (force)`)
    },
  }
}

async function migrated(url: string): Promise<void> {
  const db = openDb(url)
  try {
    await migrate(db)
  } finally {
    await db.destroy()
  }
}

async function onServer(statement: string): Promise<void> {
  const client = await (server ??= connected())
  await client.query(statement)
}

async function connected(): Promise<Client> {
  const client = new Client({ connectionString: serverUrl() })
  const forget = (): void => (server = undefined)
  client.on('error', forget)
  await client.connect().catch((error: unknown) => {
    forget()
    throw error
  })
  return client
}

function urlOf(database: string): string {
  const url = new URL(serverUrl())
  url.pathname = `/${database}`
  return url.href
}

function serverUrl(): string {
  const url = process.env.PORTICO_TEST_PG_URL
  if (!url) throw new Error('No PostgreSQL is running: mocha starts it from test/setup.ts, or set PORTICO_TEST_PG_URL.')
  return url
}

/** A fresh database, open. `another` is what a second process would have; `end` closes and drops it. */
export async function openFreshDatabase(): Promise<OpenDatabase> {
  const database = await freshDatabase()
  const db = openDb(database.url)
  return {
    db,
    another: () => openDb(database.url),
    async end() {
      await db.destroy()
      await database.drop()
    },
  }
}
