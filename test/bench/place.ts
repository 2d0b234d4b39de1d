import { readConfig, type Config } from '../../src/config.ts'
import type { Staff } from '../../src/core/actors.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import { start, type Started } from '../../src/start.ts'

/** Where Portico is to work. */
export interface Place {
  database: string
  dataDir: string
  port: number
}

/** Portico, ready to work there, and the one member of staff there is. */
export async function opened(place: Place): Promise<{ started: Started; staff: Staff }> {
  const started = await start(configOf(place))
  return { started, staff: (await staffById(started.db, 1)) ?? refuse('There is no member of staff') }
}

/** As in production, on this machine only. */
export function configOf({ database, dataDir, port }: Place): Config {
  return readConfig({
    NODE_ENV: 'production',
    BASE_URL: `http://localhost:${String(port)}`,
    PORT: String(port),
    HOST: '127.0.0.1',
    DATA_DIR: dataDir,
    DATABASE_URL: `sqlite:${database}`,
    APP_SECRET: 'a secret that only the bench knows, long enough',
  })
}

export function refuse(message: string): never {
  throw new Error(message)
}
