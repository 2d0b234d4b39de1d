import { randomUUID } from 'node:crypto'
import { isPostgres, type Db } from '../../db/index.ts'

/** How long a process may be silent before another one takes its job over. */
export const LEASE_MS = 15_000

export interface Job {
  id: number
  kind: string
  payload: unknown
  attempts: number
  maxAttempts: number
  leaseToken: string
}

export interface Enqueue {
  /** Not before this moment; now when left out. */
  runAt?: number
  /** A second job with a key that is still known is not added. */
  uniqueKey?: string
}

/** Adds a job in the caller's transaction: it exists exactly when the change that asked for it does. */
export async function enqueue(
  trx: Db,
  kind: string,
  payload: unknown,
  now: number,
  options: Enqueue = {},
): Promise<void> {
  await trx('jobs')
    .insert({
      kind,
      payload: JSON.stringify(payload),
      unique_key: options.uniqueKey ?? null,
      run_at: options.runAt ?? now,
      created_at: now,
    })
    .onConflict('unique_key')
    .ignore()
}

/**
 * Takes the next job of these kinds that is due or whose process has gone silent, or null. Two processes never get the
 * same one.
 */
export async function claimJob(db: Db, kinds: string[], now: number): Promise<Job | null> {
  const due = db('jobs')
    .select('id')
    .whereIn('kind', kinds)
    .where(
      ready =>
        void ready
          .where(queued => void queued.where({ state: 'queued' }).where('run_at', '<=', now))
          .orWhere(silent => void silent.where({ state: 'running' }).where('lease_until', '<', now)),
    )
    .orderBy([{ column: 'run_at' }, { column: 'id' }])
    .limit(1)
  if ((await due.clone()).length === 0) return null // looking is free, an update would queue behind every writer
  if (isPostgres(db)) void due.forUpdate().skipLocked()
  const rows = await db('jobs')
    .whereIn('id', due)
    .update({
      state: 'running',
      lease_until: now + LEASE_MS,
      lease_token: randomUUID(),
      attempts: db.raw('attempts + 1'),
    })
    .returning<JobRow[]>(['id', 'kind', 'payload', 'attempts', 'max_attempts', 'lease_token'])
  return rows[0] ? jobFrom(rows[0]) : null
}

/**
 * Tells the others that this job is still worked on. False when it was taken over meanwhile: stop, change nothing more.
 */
export async function keepJob(trx: Db, job: Job, now: number): Promise<boolean> {
  return (await held(trx, job).update({ lease_until: now + LEASE_MS })) === 1
}

/**
 * The same, after a step that will not be done again: however often processes end, a job that gets on is not given up. Only
 * tries without a step count.
 */
export async function keepJobGettingOn(trx: Db, job: Job, now: number): Promise<boolean> {
  return (await held(trx, job).update({ lease_until: now + LEASE_MS, attempts: 0 })) === 1
}

export async function finishJob(db: Db, job: Job, now: number): Promise<void> {
  await held(db, job).update({
    state: 'done',
    unique_key: null,
    lease_until: null,
    lease_token: null,
    last_error: null,
    finished_at: now,
  })
}

/**
 * Puts a job that failed back with a growing wait, or aside as dead after its last try: then the same work may be asked for
 * again. Returns whether it is dead now; false too when it was taken over meanwhile.
 */
export async function postponeJob(db: Db, job: Job, error: string, now: number): Promise<boolean> {
  const dead = job.attempts >= job.maxAttempts
  const changed = await held(db, job).update({
    state: dead ? 'dead' : 'queued',
    ...(dead && { unique_key: null }),
    run_at: now + Math.min(60_000, 500 * 2 ** job.attempts),
    lease_until: null,
    lease_token: null,
    last_error: error.slice(0, 500),
    finished_at: dead ? now : null,
  })
  return dead && changed === 1
}

/** Gives back a job that was interrupted half-way, for anyone to go on with at once; it does not count as a try. */
export async function putBackJob(db: Db, job: Job, now: number): Promise<void> {
  await held(db, job).update({
    state: 'queued',
    run_at: now,
    attempts: db.raw('case when attempts > 0 then attempts - 1 else 0 end'),
    lease_until: null,
    lease_token: null,
  })
}

export async function forgetFinishedJobs(db: Db, before: number): Promise<void> {
  await db('jobs').where({ state: 'done' }).where('finished_at', '<', before).delete()
}

interface JobRow {
  id: number
  kind: string
  payload: string
  attempts: number
  max_attempts: number
  lease_token: string
}

function jobFrom(row: JobRow): Job {
  return {
    id: row.id,
    kind: row.kind,
    payload: JSON.parse(row.payload) as unknown,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    leaseToken: row.lease_token,
  }
}

function held(db: Db, job: Job) {
  return db('jobs').where({ id: job.id, lease_token: job.leaseToken, state: 'running' })
}
