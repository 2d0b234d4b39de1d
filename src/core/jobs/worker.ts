import type { Logger } from 'pino'
import type { Db } from '../../db/index.ts'
import { claimJob, finishJob, keepJob, LEASE_MS, postponeJob, type Job } from './queue.ts'

export interface Kind<Deps> {
  run(job: Job, deps: Deps): Promise<void>
  /** Called once when the last try has failed, to say so where people look. */
  gaveUp?(job: Job, deps: Deps): Promise<void>
}

export interface WorkerDeps {
  db: Db
  now: () => number
  log: Logger
}

export interface Worker {
  /** Look for work now instead of at the next tick; for jobs enqueued in this process. */
  wake: () => void
  /** Takes no new job, and resolves when the one at work has ended. */
  stop: () => Promise<void>
}

const LOOK_EVERY_MS = 1000

/** Works through the jobs, one at a time, until stopped. Any number of processes may do so on one database. */
export function startWorker<Deps extends WorkerDeps>(kinds: Record<string, Kind<Deps>>, deps: Deps): Worker {
  let stopping = false
  let rouse: () => void = () => undefined
  let roused = false
  const finished = loop()

  async function loop(): Promise<void> {
    while (!stopping) {
      roused = false
      if (await workOnce(kinds, deps)) continue
      if (!stopping && !roused) await rest()
    }
  }

  function rest(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, LOOK_EVERY_MS)
      rouse = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  function wake(): void {
    roused = true
    rouse()
  }

  return {
    wake,
    async stop() {
      stopping = true
      wake()
      await finished
    },
  }
}

/** Runs one job if one is due; false when there was none or the database could not be asked. */
async function workOnce<Deps extends WorkerDeps>(kinds: Record<string, Kind<Deps>>, deps: Deps): Promise<boolean> {
  try {
    const job = await claimJob(deps.db, deps.now())
    if (job) await runJob(kinds[job.kind], job, deps)
    return job !== null
  } catch (error) {
    deps.log.error({ err: error }, 'the job queue could not be read')
    return false
  }
}

async function runJob<Deps extends WorkerDeps>(kind: Kind<Deps> | undefined, job: Job, deps: Deps): Promise<void> {
  const heartbeat = setInterval(() => {
    keepJob(deps.db, job, deps.now()).catch((error: unknown) => deps.log.warn({ err: error }, 'heartbeat failed'))
  }, LEASE_MS / 3)
  try {
    if (!kind) throw new Error(`There is no job of the kind ${job.kind}`)
    if (job.attempts > job.maxAttempts) throw new Error('the process ended each time this job was tried')
    await kind.run(job, deps)
    await finishJob(deps.db, job, deps.now())
  } catch (error) {
    deps.log.error({ err: error, job: job.kind, jobId: job.id }, 'job failed')
    const dead = await postponeJob(deps.db, job, String(error), deps.now())
    if (dead) await kind?.gaveUp?.(job, deps)
  } finally {
    clearInterval(heartbeat)
  }
}
