import { expect } from 'chai'
import { forgetAttempts, takeAttempt, TRIES_BEFORE_VOID } from '../../src/core/throttle/attempts.ts'
import { createLimit, forgetOldCounts } from '../../src/core/throttle/rate-limiter.ts'
import type { Db } from '../../src/db/index.ts'
import { openFreshDatabase } from '../support/engine.ts'

const NOW = 1_800_000_000_000
const HOUR = 3_600_000

describe('Tries of one name', () => {
  let db: Db
  let another: () => Db
  let end: () => Promise<void>
  beforeEach(async () => void ({ db, another, end } = await openFreshDatabase()))
  afterEach(() => end())

  it('are free five times, and then wait twice as long each time, up to an hour', async () => {
    const waits: number[] = []
    let now = NOW
    for (let tries = 1; tries <= 14; tries += 1) {
      expect(await takeAttempt(db, 'ada', now)).to.deep.equal({ allowed: true, tries })
      const row = await db('sign_in_attempts').first<{ locked_until: number }>('locked_until')
      waits.push(Math.max(0, row.locked_until - now) / 1000)
      now = Math.max(now, row.locked_until)
    }

    expect(waits).to.deep.equal([0, 0, 0, 0, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600])
  })

  it('are refused until the wait is over, which refusals do not make longer', async () => {
    for (let n = 0; n < 5; n += 1) await takeAttempt(db, 'ada', NOW)

    for (const later of [0, 1, 29_999])
      expect(await takeAttempt(db, 'ada', NOW + later)).to.deep.equal({ allowed: false, until: NOW + 30_000 })

    expect(await takeAttempt(db, 'ada', NOW + 30_000)).to.deep.equal({ allowed: true, tries: 6 })
  })

  it('are five of sixty-four at once, over two processes', async () => {
    const other = another()

    const tries = await Promise.all(Array.from({ length: 64 }, (_, n) => takeAttempt(n % 2 ? db : other, 'ada', NOW)))
    await other.destroy()

    expect(tries.filter(one => one.allowed)).to.have.length(5)
  })

  it('are counted for each name alone, and forgotten when the right password comes', async () => {
    for (let n = 0; n < 5; n += 1) await takeAttempt(db, 'ada', NOW)

    expect((await takeAttempt(db, 'bea', NOW)).allowed).to.equal(true)
    await forgetAttempts(db, 'ada')
    expect((await takeAttempt(db, 'ada', NOW)).allowed).to.equal(true)
  })

  it('are over for good after a hundred in a row, for those who can reset their password', async () => {
    const year = 365 * 24 * HOUR
    const attempt = (now: number) => takeAttempt(db, 'ada', now, 'void')
    let now = NOW
    for (let n = 0; n < TRIES_BEFORE_VOID; n += 1)
      expect((await attempt((now += HOUR))).allowed, String(n)).to.equal(true)

    expect(await attempt(now + year)).to.deep.equal({ allowed: false, until: Infinity })
    await forgetOldCounts(db, now + year)
    expect((await attempt(now + 2 * year)).allowed).to.equal(false)
  })

  it('only wait an hour, however many there were, for those who cannot', async () => {
    let now = NOW
    for (let n = 0; n < TRIES_BEFORE_VOID + 1; n += 1) await takeAttempt(db, 'rosa', (now += HOUR))

    expect(await takeAttempt(db, 'rosa', now + 1)).to.deep.equal({ allowed: false, until: now + HOUR })
    expect((await takeAttempt(db, 'rosa', now + HOUR)).allowed).to.equal(true)
  })

  it('wait a day after a hundred codes, and count on', async () => {
    let now = NOW
    for (let n = 0; n < TRIES_BEFORE_VOID; n += 1) await takeAttempt(db, 'rosa', (now += HOUR), 'day')

    expect(await takeAttempt(db, 'rosa', now + HOUR, 'day')).to.deep.equal({ allowed: false, until: now + 24 * HOUR })
    await forgetOldCounts(db, now + 30 * HOUR)
    expect(await takeAttempt(db, 'rosa', now + 30 * HOUR, 'day')).to.deep.equal({ allowed: true, tries: 101 })
  })

  it('of a day ago are forgotten', async () => {
    await takeAttempt(db, 'ada', NOW)

    await forgetOldCounts(db, NOW + 24 * HOUR + 1)

    expect(await db('sign_in_attempts').select()).to.deep.equal([])
  })
})

describe('A limit', () => {
  let db: Db
  let another: () => Db
  let end: () => Promise<void>
  beforeEach(async () => void ({ db, another, end } = await openFreshDatabase()))
  afterEach(() => end())

  it('is one for every process that counts under its name', async () => {
    const other = another()
    const limits = [createLimit(db, 'door', 10, 180), createLimit(other, 'door', 10, 180)]

    const waits = await Promise.all(Array.from({ length: 40 }, (_, n) => limits[n % 2]?.('10.0.0.1')))
    await other.destroy()

    expect(waits.filter(wait => wait === 0)).to.have.length(10)
    expect(Math.max(...waits.map(wait => wait ?? 0))).to.be.within(170_000, 180_000)
  })

  it('is counted with one statement beside others of the same moment, each for itself', async () => {
    const [soon, hourly] = [createLimit(db, 'soon', 1, 180), createLimit(db, 'hourly', 3, 3600)]
    const asked: string[] = []
    db.on('query', ({ sql }: { sql: string }) => void asked.push(sql))

    const both = await Promise.all([soon('1.2.3.4'), hourly('1.2.3.4')])
    const twice = await Promise.all([hourly('1.2.3.4'), hourly('1.2.3.4')])

    expect(asked).to.have.length(1 + 2)
    expect([...both, ...twice]).to.deep.equal([0, 0, 0, 0])
    expect(await soon('1.2.3.4')).to.be.above(0)
    expect(await hourly('1.2.3.4')).to.be.above(0)
  })

  it('is another for another key and for another name', async () => {
    const door = createLimit(db, 'door', 1, 180)
    const gate = createLimit(db, 'gate', 1, 180)

    expect(await Promise.all([door('a'), door('b'), gate('a')])).to.deep.equal([0, 0, 0])
    expect(await door('a')).to.be.above(0)
  })

  it('is over when its time is', async () => {
    const door = createLimit(db, 'door', 1, 1)
    await door('a')
    expect(await door('a')).to.be.above(0)

    await new Promise(resolve => setTimeout(resolve, 1100))

    expect(await door('a')).to.equal(0)
    await forgetOldCounts(db, Date.now() + 5000)
    expect(await db('rate_limits').select()).to.deep.equal([])
  })

  it('goes on in this process while the database is away', async () => {
    const door = createLimit(db, 'door', 2, 180)
    await db.schema.dropTable('rate_limits')

    expect([await door('a'), await door('a')]).to.deep.equal([0, 0])
    expect(await door('a')).to.be.above(0)
  })
})
