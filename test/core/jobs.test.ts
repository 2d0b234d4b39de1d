import { expect } from 'chai'
import pino from 'pino'
import {
  claimJob,
  enqueue,
  finishJob,
  keepJob,
  keepJobGettingOn,
  LEASE_MS,
  postponeJob,
  type Job,
} from '../../src/core/jobs/queue.ts'
import { Interrupted, startWorker, type Kind, type WorkerDeps } from '../../src/core/jobs/worker.ts'
import type { Db } from '../../src/db/index.ts'
import { openFreshDatabase } from '../support/engine.ts'

const NOW = 1_800_000_000_000
const KINDS = ['letter', 'send']

describe('The job queue', () => {
  let db: Db
  let another: () => Db
  let end: () => Promise<void>
  beforeEach(async () => void ({ db, another, end } = await openFreshDatabase()))
  afterEach(() => end())

  it('holds a job exactly when the change that asked for it was kept', async () => {
    const change = db.transaction(async trx => {
      await enqueue(trx, 'letter', { to: 'Ada' }, NOW)
      throw new Error('the change did not work out')
    })
    await change.catch(() => undefined)
    expect(await claim(db, NOW)).to.equal(null)

    await db.transaction(trx => enqueue(trx, 'letter', { to: 'Bea' }, NOW))
    expect(await claimed(NOW)).to.include({ kind: 'letter', attempts: 1, maxAttempts: 5 })
  })

  it('gives a job its payload, at its time and in the order of time', async () => {
    await enqueue(db, 'letter', { to: 'Cal' }, NOW, { runAt: NOW + 2000 })
    await enqueue(db, 'letter', { to: 'Bea' }, NOW, { runAt: NOW + 1000 })

    expect(await claim(db, NOW + 999)).to.equal(null)
    expect((await claimed(NOW + 2000)).payload).to.deep.equal({ to: 'Bea' })
    expect((await claimed(NOW + 2000)).payload).to.deep.equal({ to: 'Cal' })
    expect(await claim(db, NOW + 2000)).to.equal(null)
  })

  it('knows one job of a key until it is done', async () => {
    for (let n = 0; n < 3; n += 1) await enqueue(db, 'send', { n }, NOW, { uniqueKey: 'send' })
    const job = await claimed(NOW)
    await enqueue(db, 'send', { n: 3 }, NOW, { uniqueKey: 'send' })
    expect(await db('jobs').select('id')).to.have.length(1)

    await finishJob(db, job, NOW)
    await enqueue(db, 'send', { n: 4 }, NOW, { uniqueKey: 'send' })

    expect((await claimed(NOW)).payload).to.deep.equal({ n: 4 })
  })

  it('lets the work of a job that is dead be asked for again', async () => {
    await enqueue(db, 'send', { n: 1 }, NOW, { uniqueKey: 'send' })
    const job = await claimed(NOW)
    await postponeJob(db, { ...job, attempts: job.maxAttempts }, 'it never worked', NOW)
    await enqueue(db, 'send', { n: 2 }, NOW, { uniqueKey: 'send' })

    expect((await claimed(NOW)).payload).to.deep.equal({ n: 2 })
  })

  it('gives each job to one of many who ask at once', async () => {
    for (let n = 0; n < 20; n += 1) await enqueue(db, 'letter', { n }, NOW)
    const others = [another(), another()]

    const asking = [db, ...others].flatMap(one => Array.from({ length: 10 }, () => claim(one, NOW)))
    const jobs = (await Promise.all(asking)).filter(job => job !== null)
    let left = await claim(db, NOW)
    while (left) left = (jobs.push(left), await claim(db, NOW))
    await Promise.all(others.map(one => one.destroy()))

    expect(jobs.map(job => job.id)).to.have.length(20)
    expect(new Set(jobs.map(job => job.id)).size).to.equal(20)
  })

  it('gives the job of a silent process to another, and not before its lease is over', async () => {
    await enqueue(db, 'letter', {}, NOW)
    const first = await claimed(NOW)

    expect(await claim(db, NOW + LEASE_MS)).to.equal(null)
    const second = await claimed(NOW + LEASE_MS + 1)

    expect(second).to.include({ id: first.id, attempts: 2 })
    expect(second.leaseToken).not.to.equal(first.leaseToken)
  })

  it('leaves a job to the process that says it is still at work', async () => {
    await enqueue(db, 'letter', {}, NOW)
    const job = await claimed(NOW)

    expect(await keepJob(db, job, NOW + 10_000)).to.equal(true)

    expect(await claim(db, NOW + LEASE_MS + 1)).to.equal(null)
  })

  it('listens no more to a process that lost its job', async () => {
    await enqueue(db, 'letter', {}, NOW)
    const lost = await claimed(NOW)
    await claimed(NOW + LEASE_MS + 1)
    const before = await db('jobs').select()

    expect(await keepJob(db, lost, NOW + LEASE_MS + 2)).to.equal(false)
    await finishJob(db, lost, NOW + LEASE_MS + 2)
    expect(await postponeJob(db, lost, 'too late', NOW + LEASE_MS + 2)).to.equal(false)

    expect(await db('jobs').select()).to.deep.equal(before)
  })

  it('does not call a job dead for a process that lost it at its last try', async () => {
    await enqueue(db, 'letter', {}, NOW)
    let now = NOW
    for (let n = 0; n < 4; n += 1) await claimed((now += LEASE_MS + 1))
    const lost = await claimed((now += LEASE_MS + 1))
    await claimed((now += LEASE_MS + 1))

    expect(await postponeJob(db, lost, 'too late', now)).to.equal(false)
  })

  it('never gives up a job that gets on, however often its process ends', async () => {
    await enqueue(db, 'letter', {}, NOW)
    let now = NOW

    for (let n = 0; n < 20; n += 1) {
      const job = await claimed((now += LEASE_MS + 1))
      expect(job.attempts).to.equal(1)
      expect(await keepJobGettingOn(db, job, now)).to.equal(true)
    }
    await claimed((now += LEASE_MS + 1))

    expect(await claimed((now += LEASE_MS + 1))).to.include({ attempts: 2 })
  })

  it('tries a job that fails again after longer and longer waits, five times in all', async () => {
    await enqueue(db, 'letter', {}, NOW)
    const waits: number[] = []
    let now = NOW

    for (let n = 1; n <= 5; n += 1) {
      const dead = await postponeJob(db, await claimed(now), `failure ${String(n)}`, now)
      expect(dead).to.equal(n === 5)
      const row = await db('jobs').first<{ run_at: number }>('run_at')
      waits.push(row.run_at - now)
      now = row.run_at
    }

    expect(waits).to.deep.equal([1000, 2000, 4000, 8000, 16_000])
    expect(await claim(db, now + 86_400_000)).to.equal(null)
    expect(await db('jobs').first('state', 'last_error')).to.deep.equal({ state: 'dead', last_error: 'failure 5' })
  })

  async function claimed(now: number): Promise<Job> {
    const job = await claim(db, now)
    if (!job) throw new Error('There was no job to do')
    return job
  }
})

describe('A worker', () => {
  let db: Db
  let end: () => Promise<void>
  let now = NOW
  let deps: WorkerDeps
  beforeEach(async () => {
    ;({ db, end } = await openFreshDatabase())
    now = NOW
    deps = { db, now: () => now, log: pino({ level: 'silent' }) }
  })
  afterEach(() => end())

  it('does what is due and no more, and says that it is done', async () => {
    await enqueue(db, 'letter', { to: 'Ada' }, NOW)
    const letters: unknown[] = []

    await workUntil({ run: async job => void letters.push(job.payload) }, () => stateIs('done'))

    expect(letters).to.deep.equal([{ to: 'Ada' }])
  })

  it('never does what another worker does', async () => {
    for (let n = 0; n < 30; n += 1) await enqueue(db, 'letter', n, NOW)
    const done: unknown[] = []
    const kind = { run: async (job: Job) => void done.push(job.payload) }
    const workers = [1, 2, 3].map(() => startWorker({ letter: kind }, deps))

    await until(async () => (await db('jobs').where({ state: 'done' }).select('id')).length === 30)
    await Promise.all(workers.map(worker => worker.stop()))

    expect(done.toSorted((a, b) => Number(a) - Number(b))).to.deep.equal(Array.from({ length: 30 }, (_, n) => n))
  })

  it('gives a job up after five failures, and says so once', async () => {
    await enqueue(db, 'letter', {}, NOW)
    const tries: number[] = []
    const givenUp: number[] = []
    deps = { ...deps, now: () => (now += 20_000) } // longer than the longest wait

    await workUntil(
      {
        async run(job) {
          tries.push(job.attempts)
          throw new Error('no ink')
        },
        gaveUp: async job => void givenUp.push(job.id),
      },
      async () => givenUp.length > 0,
    )

    expect(tries).to.deep.equal([1, 2, 3, 4, 5])
    expect(givenUp).to.have.length(1)
    expect(await db('jobs').first('state', 'last_error')).to.deep.equal({ state: 'dead', last_error: 'Error: no ink' })
  })

  it('gives up a job that ends its process each time, without trying it once more', async () => {
    await enqueue(db, 'letter', {}, NOW)
    for (let n = 0; n < 5; n += 1) await claim(db, (now += LEASE_MS + 1))
    now += LEASE_MS + 1
    let tries = 0
    let givenUp = 0

    await workUntil({ run: async () => void (tries += 1), gaveUp: async () => void (givenUp += 1) }, () =>
      stateIs('dead'),
    )

    expect([tries, givenUp]).to.deep.equal([0, 1])
  })

  it('does not stop in the middle of a job', async () => {
    await enqueue(db, 'letter', {}, NOW)
    let finished = false
    const worker = startWorker(
      {
        letter: {
          async run() {
            await new Promise(resolve => setTimeout(resolve, 200))
            finished = true
          },
        },
      },
      deps,
    )
    await until(() => stateIs('running'))

    await worker.stop()

    expect(finished).to.equal(true)
    expect(await stateIs('done')).to.equal(true)
  })

  it('leaves a job of a kind it does not know to others', async () => {
    await enqueue(db, 'riddle', {}, NOW)
    await enqueue(db, 'letter', {}, NOW)
    let letters = 0

    await workUntil({ run: async () => void (letters += 1) }, async () => letters === 1)

    expect(await db('jobs').where({ kind: 'riddle' }).first('state', 'attempts')).to.deep.equal({
      state: 'queued',
      attempts: 0,
    })
  })

  it('gives a long job that it interrupts back at once, and counts no try', async () => {
    await enqueue(db, 'letter', {}, NOW)
    const letter: Kind<WorkerDeps> = {
      lane: 'long',
      run: (_job, _deps, stopping) =>
        new Promise((_resolve, reject) => stopping?.addEventListener('abort', () => reject(new Interrupted()))),
    }

    await workUntil(letter, () => stateIs('running'))

    expect(await db('jobs').first('state', 'attempts')).to.deep.equal({ state: 'queued', attempts: 0 })
  })

  it('does not count it as a try when the database was busy with somebody else all the time', async () => {
    await enqueue(db, 'letter', {}, NOW)
    let tries = 0
    const letter: Kind<WorkerDeps> = {
      async run() {
        tries += 1
        if (tries < 9) throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' })
      },
    }

    await workUntil(letter, () => stateIs('done'))

    expect(await db('jobs').first('attempts')).to.deep.equal({ attempts: 1 })
  })

  it('does short jobs beside a long one', async () => {
    await enqueue(db, 'book', {}, NOW)
    await enqueue(db, 'letter', {}, NOW)
    let letters = 0
    const book: Kind<WorkerDeps> = { lane: 'long', run: () => until(async () => letters === 1) }
    const letter: Kind<WorkerDeps> = { run: async () => void (letters += 1) }
    const worker = startWorker({ book, letter }, deps)

    await until(async () => (await db('jobs').where({ state: 'done' }).select('id')).length === 2)

    await worker.stop()
  })

  async function workUntil(letter: Kind<WorkerDeps>, condition: () => Promise<boolean>): Promise<void> {
    const worker = startWorker({ letter }, deps)
    await until(condition)
    await worker.stop()
  }

  async function stateIs(state: string): Promise<boolean> {
    return (await db('jobs').where({ state }).first('id')) !== undefined
  }
})

function claim(db: Db, now: number): Promise<Job | null> {
  return claimJob(db, KINDS, now)
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 15_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('It did not come to that')
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
