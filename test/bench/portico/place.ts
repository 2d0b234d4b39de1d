import { readConfig, type Config } from '../../../src/config.ts'
import type { Staff } from '../../../src/core/actors.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import { start, type Started } from '../../../src/start.ts'

/** Where Portico is to work. */
export interface Place {
  /** As a URL. */
  database: string
  dataDir: string
  /** Left out where no pages are served. */
  port?: number
  /** Left out where no mail is sent. */
  smtp?: string
}

/** Portico, ready to work there, and the one member of staff there is. */
export async function opened(place: Place): Promise<{ started: Started; staff: Staff }> {
  const started = await start(configOf(place))
  return { started, staff: (await staffById(started.db, 1)) ?? refuse('There is no member of staff') }
}

/** As in production, on this machine only, with room for files of any size and mail as quick as it goes. */
export function configOf({ database, dataDir, port = 0, smtp }: Place): Config {
  return readConfig({
    NODE_ENV: 'production',
    BASE_URL: `http://localhost:${String(port)}`,
    PORT: String(port),
    HOST: '127.0.0.1',
    TRUST_PROXY: '1',
    DATA_DIR: dataDir,
    DATABASE_URL: database,
    APP_SECRET: 'a secret that only the bench knows, long enough',
    IMPORT_MAX_MB: '1000',
    IMPORT_MAX_ROWS: '2000000',
    MAIL_PER_MINUTE: '100000',
    DRAIN_SECONDS: '0',
    LOG_LEVEL: 'warn',
    ...(smtp === undefined ? {} : { SMTP_URL: smtp }),
  })
}

export function refuse(message: string): never {
  throw new Error(message)
}
