import type { Config } from '../../config.ts'
import { earliest } from '../../db/asked.ts'
import { isPostgres, type Db } from '../../db/index.ts'
import { bucketOf } from '../bucket.ts'
import type { StoreConfig } from '../documents/store.ts'
import { mailPausedSince } from '../mail/pause.ts'
import { mailTrouble } from '../mail/upkeep.ts'
import { within } from '../patience.ts'
import { roomLeft } from './room.ts'

/** Work that has been due for so long is late: nobody does it, or there is more than can be done. */
const LATE_AFTER_MS = 5 * 60_000

export type HealthConfig = StoreConfig & Pick<Config, 'freeMegabytes' | 'smtpUrl'>

/** A place that says nothing for so long is away; who asks how Portico is waits no longer for it. */
const LONGEST_LOOK_MS = 2000

/** How the work goes, as far as the database can say: words for machines, without secrets or numbers. */
export interface WorkHealth {
  jobs: 'ok' | 'late'
  mail: 'ok' | 'failing' | 'no-server' | 'paused'
}

/** How the places are where files lie. */
export interface PlacesHealth {
  disk: 'ok' | 'low' | 'unusable'
  documents: 'ok' | 'away'
}

export type Health = WorkHealth & PlacesHealth

/** How many jobs of a kind are in a state. */
export interface JobFigure {
  kind: string
  state: 'queued' | 'running' | 'done' | 'dead'
  jobs: number
}

/** How many mails of the outbox are in a state. */
export interface MailFigure {
  status: string
  emails: number
}

/** What keeps Portico from doing all of its work. */
export async function healthNow(db: Db, config: HealthConfig, now: number): Promise<Health> {
  const [work, places] = await Promise.all([workHealth(db, config, now), placesHealth(config)])
  return { ...work, ...places }
}

/** Asks the database and nothing else: it throws when the database does not answer. */
export async function workHealth(db: Db, config: HealthConfig, now: number): Promise<WorkHealth> {
  const oldest = await oldestDueJob(db, now)
  const jobs = oldest !== null && oldest < now - LATE_AFTER_MS ? 'late' : 'ok'
  return { jobs, mail: await mailNow(db, config, now) }
}

/** Answers within two seconds, also when a place is silent. */
export async function placesHealth(config: HealthConfig): Promise<PlacesHealth> {
  const [disk, documents] = await Promise.all([
    within(LONGEST_LOOK_MS, diskNow(config), () => 'unusable' as const),
    within(LONGEST_LOOK_MS, documentsNow(config), () => 'away' as const),
  ])
  return { disk, documents }
}

/** Jobs that are done are counted for a week. */
export async function jobFigures(db: Db): Promise<JobFigure[]> {
  return db('jobs')
    .groupBy('kind', 'state')
    .orderBy(['kind', 'state'])
    .select<JobFigure[]>('kind', 'state', db.raw('count(*) as jobs'))
}

export async function mailFigures(db: Db): Promise<MailFigure[]> {
  return db('emails').groupBy('status').orderBy('status').select<MailFigure[]>('status', db.raw('count(*) as emails'))
}

/** Since when the oldest due job waits, in ms; null when none is due. */
export function oldestDueJob(db: Db, now: number): Promise<number | null> {
  return earliest(db('jobs').where({ state: 'queued' }).where('run_at', '<=', now), 'run_at')
}

/** Which engine this is, and the last step that brought its tables up to date. */
export async function databaseWords(db: Db): Promise<{ engine: 'PostgreSQL' | 'SQLite'; step: string }> {
  const last = await db('knex_migrations').orderBy('id', 'desc').first<{ name: string } | undefined>('name')
  return { engine: isPostgres(db) ? 'PostgreSQL' : 'SQLite', step: last?.name ?? '' }
}

async function mailNow(db: Db, { smtpUrl }: HealthConfig, now: number): Promise<Health['mail']> {
  if ((await mailPausedSince(db)) !== null) return 'paused'
  if (smtpUrl === null) return 'no-server'
  return (await mailTrouble(db, now)) ? 'failing' : 'ok'
}

/** Of this machine: also where documents lie elsewhere, uploads pass over it. */
async function diskNow(config: HealthConfig): Promise<Health['disk']> {
  const room = await roomLeft(config)
  if (room === null) return 'unusable'
  return room >= config.freeMegabytes * 1_048_576 ? 'ok' : 'low'
}

async function documentsNow({ bucket }: HealthConfig): Promise<Health['documents']> {
  if (!bucket) return 'ok'
  return bucketOf(bucket)
    .probe()
    .then(
      () => 'ok',
      () => 'away',
    )
}
