import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './free-port.ts'

const PROGRAMS = ['initdb', 'postgres', 'pg_dump', 'pg_restore']

/** The PostgreSQL that this system came with: the one npm brings has no `pg_dump`, which copies no server newer than itself. */
export interface SystemPostgres {
  version: string
  urlOf: (database: string) => string
  /** Runs one of the programs that came with it; throws when that fails. */
  run(program: 'pg_dump' | 'pg_restore', given: string[]): Promise<void>
  stop(): Promise<void>
}

/** One of our own, in this folder; or why there is none. */
export async function systemPostgres(folder: string): Promise<SystemPostgres | string> {
  const programs = placesOfPrograms().find(place => PROGRAMS.every(name => existsSync(path.join(place, name))))
  if (programs === undefined) return 'there is no PostgreSQL with pg_dump on this system (on Debian: postgresql)'
  const account = unprivileged()
  if (account === undefined) return 'PostgreSQL does not run as root, and there is no account postgres'
  const data = path.join(folder, 'system-postgres')
  mkdirSync(data, { recursive: true, mode: 0o700 })
  if (account.uid !== null) chownSync(data, account.uid, account.gid)
  const as = account.uid === null ? {} : { uid: account.uid, gid: account.gid }
  const first = ['-D', data, '-U', 'portico', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C.UTF-8']
  execFileSync(path.join(programs, 'initdb'), first, { ...as, cwd: '/', stdio: 'ignore' })
  const port = String(await freePort())
  const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'fsync=off'].flatMap(one => ['-c', one])
  const server = spawn(path.join(programs, 'postgres'), ['-D', data, '-p', port, ...settings], {
    ...as,
    cwd: '/',
    stdio: 'ignore',
  })
  const isUp = (): boolean => spawnSync(path.join(programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', port]).status === 0
  for (let look = 0; look < 300 && !isUp(); look += 1) await setTimeout(100)
  return {
    version: execFileSync(path.join(programs, 'pg_dump'), ['--version']).toString().trim(),
    urlOf: database => `postgres://portico@127.0.0.1:${port}/${database}`,
    async run(program, given) {
      const child = spawn(path.join(programs, program), given, { stdio: ['ignore', 'ignore', 'inherit'] })
      const [code] = (await once(child, 'exit')) as [number | null]
      if (code !== 0) throw new Error(`${program} ended with ${String(code)}`)
    },
    async stop() {
      server.kill('SIGINT')
      await once(server, 'exit')
    },
  }
}

/** Where the programs may be, the newest first. */
function placesOfPrograms(): string[] {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : []
  return [
    ...versions.map(version => path.join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(path.delimiter),
  ]
}

function unprivileged(): { uid: number | null; gid: number } | undefined {
  if (process.getuid?.() !== 0) return { uid: null, gid: 0 }
  const [uid, gid] = ['-u', '-g'].map(which => Number(spawnSync('id', [which, 'postgres']).stdout.toString() || NaN))
  return uid === undefined || gid === undefined || Number.isNaN(uid) ? undefined : { uid, gid }
}
