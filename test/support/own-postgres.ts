import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import path from 'node:path'
import { embeddedPostgres } from './embedded-postgres.ts'

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
  const { server, urlOf } = await embeddedPostgres(databaseDir, ['jit=off'], ['--no-sync'])
  return {
    url: urlOf('postgres'),
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
