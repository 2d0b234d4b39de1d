import type { Logger } from 'pino'
import { isBusy, type Db } from '../../db/index.ts'
import { failpoint } from '../../failpoints.ts'
import { claimJob, finishJob, keepJob, LEASE_MS, postponeJob, putBackJob, type Job } from './queue.ts'

export interface Kind<Deps> {
  /**
   * `stopping` is aborted when this process is to end: a long job then throws `Interrupted` at its next resting place.
   */
  run(job: Job, deps: Deps, stopping: AbortSignal): Promise<void>
  /** Called once when the last try has failed, to say so where people look. */
  gaveUp?(job: Job, deps: Deps): Promise<void>
  /** The jobs of a lane wait for each other, and for no others. Short when left out. */
  lane?: Lane
}

/** Jobs that are over in a moment, those that may take minutes, and those that wait for servers that are not ours. */
const LANES = ['short', 'long', 'outside'] as const

type Lane = (typeof LANES)[number]

/** Thrown by a job that stopped half-way because its process ends: it goes on elsewhere, and this was no failed try. */
export class Interrupted extends Error {}

export interface WorkerDeps {
  db: Db
  now: () => number
  log: Logger
}

export interface Worker {
  /** Look for work now instead of at the next tick; for jobs enqueued in this process. */
  wake: () => void
  /** Takes no new job, and resolves when those at work have ended or come to a resting place. */
  stop: () => Promise<void>
}

type Kinds<Deps> = Record<string, Kind<Deps>>

const LOOK_EVERY_MS = 1000

/** Works through the jobs until stopped, lane beside lane. Any number of processes may do so on one database. */
export function startWorker<Deps extends WorkerDeps>(kinds: Kinds<Deps>, deps: Deps): Worker {
  const stopping = new AbortController()
  const lanes = LANES.map(lane => {
    const names = Object.keys(kinds).filter(name => (kinds[name]?.lane ?? 'short') === lane)
    return startLane(() => workOnce(kinds, names, deps, stopping.signal), stopping.signal)
  })
  const wake = (): void => lanes.forEach(lane => lane.wake())
  return {
    wake,
    async stop() {
      stopping.abort()
      wake()
      await Promise.all(lanes.map(lane => lane.finished))
    },
  }
}

/** Does `work` again and again; rests a second, or until woken, whenever there was none. */
function startLane(work: () => Promise<boolean>, stopping: AbortSignal): { wake: () => void; finished: Promise<void> } {
  let rouse: () => void = () => undefined
  let roused = false

  async function loop(): Promise<void> {
    while (!stopping.aborted) {
      roused = false
      if (await work()) continue
      if (!stopping.aborted && !roused) await rest()
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

  return { wake, finished: loop() }
}

/** Runs one job of these kinds if one is due; false when there was none or the database could not be asked. */
async function workOnce<Deps extends WorkerDeps>(
  kinds: Kinds<Deps>,
  names: string[],
  deps: Deps,
  stopping: AbortSignal,
): Promise<boolean> {
  try {
    const job = await claimJob(deps.db, names, deps.now())
    if (job) await runJob(kinds[job.kind], job, deps, stopping)
    return job !== null
  } catch (error) {
    deps.log.error({ err: error }, 'the job queue could not be read')
    return false
  }
}

async function runJob<Deps extends WorkerDeps>(
  kind: Kind<Deps> | undefined,
  job: Job,
  deps: Deps,
  stopping: AbortSignal,
): Promise<void> {
  const heartbeat = setInterval(() => {
    keepJob(deps.db, job, deps.now()).catch((error: unknown) => deps.log.warn({ err: error }, 'heartbeat failed'))
  }, LEASE_MS / 3)
  try {
    if (!kind) throw new Error(`There is no job of the kind ${job.kind}`)
    if (job.attempts > job.maxAttempts) throw new Error('the process ended each time this job was tried')
    failpoint('job.claimed')
    await kind.run(job, deps, stopping)
    failpoint('job.done')
    await finishJob(deps.db, job, deps.now())
  } catch (error) {
    if (error instanceof Interrupted || isBusy(error)) return await putBack(job, deps, stopping)
    deps.log.error({ err: error, job: job.kind, jobId: job.id }, 'job failed')
    await giveUpOrPostpone(kind, job, deps, error)
  } finally {
    clearInterval(heartbeat)
  }
}

/** What giving up means is done before the job is put aside: should this process end in between, it is done again. */
async function giveUpOrPostpone<Deps extends WorkerDeps>(
  kind: Kind<Deps> | undefined,
  job: Job,
  deps: Deps,
  error: unknown,
): Promise<void> {
  const isLast = job.attempts >= job.maxAttempts && (await keepJob(deps.db, job, deps.now()))
  if (isLast) await kind?.gaveUp?.(job, deps)
  await postponeJob(deps.db, job, String(error), deps.now())
}

/** A change of a million rows may hold the database for longer than others wait: that is no failed try of theirs. */
async function putBack(job: Job, deps: WorkerDeps, stopping: AbortSignal): Promise<void> {
  do {
    try {
      return await putBackJob(deps.db, job, deps.now())
    } catch (error) {
      if (!isBusy(error)) throw error
    }
  } while (!stopping.aborted)
}
