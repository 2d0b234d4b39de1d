import type { IRateLimiterStoreOptions } from 'rate-limiter-flexible'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import RateLimiterStore from 'rate-limiter-flexible/lib/RateLimiterStoreAbstract.js'
import type { Db } from '../../db/index.ts'

interface Row {
  points: number
  expire: number | null
}

type Options = Omit<IRateLimiterStoreOptions, 'storeClient'> & { db: Db }

interface Count extends Row {
  key: string
}

/** What is counted in this turn until it closes, and what then stands there. */
interface Turn {
  isOpen: boolean
  counts: Map<string, Count>
  rows: Promise<Map<string, Row>>
}

const turns = new WeakMap<Db, Turn>()

/** Counts asked for in the same turn are made with one statement, so that they wait for the disk once. */
async function counted(db: Db, count: Count): Promise<Row | undefined> {
  const last = turns.get(db)
  const turn = last?.isOpen && !last.counts.has(count.key) ? last : newTurn(db)
  turn.counts.set(count.key, count)
  return (await turn.rows).get(count.key)
}

function newTurn(db: Db): Turn {
  const counts = new Map<string, Count>()
  const turn: Turn = { isOpen: true, counts, rows: Promise.resolve().then(() => allCounted(db, turn)) }
  turns.set(db, turn)
  return turn
}

async function allCounted(db: Db, turn: Turn): Promise<Map<string, Row>> {
  turn.isOpen = false
  const live = '(rate_limits.expire is null or rate_limits.expire > ?)'
  const now = Date.now()
  const rows = await db('rate_limits')
    .insert([...turn.counts.values()])
    .onConflict('key')
    .merge({
      points: db.raw(`case when ${live} then rate_limits.points + excluded.points else excluded.points end`, [now]),
      expire: db.raw(`case when ${live} then rate_limits.expire else excluded.expire end`, [now]),
    })
    .returning<Count[]>(['key', 'points', 'expire'])
  return new Map(rows.map(row => [row.key, row]))
}

/** rate-limiter-flexible over our own table: one upsert a turn on either engine, shared by every process. */
export class RateLimiter extends RateLimiterStore {
  readonly #db: Db

  constructor({ db, ...rest }: Options) {
    super({ ...rest, storeClient: db })
    this.#db = db
  }

  protected async _upsert(key: string, points: number, ms: number, force = false): Promise<Row | undefined> {
    const count = { key, points, expire: ms > 0 ? Date.now() + ms : null }
    if (!force) return counted(this.#db, count)
    await this.#db('rate_limits').insert(count).onConflict('key').merge(['points', 'expire'])
    return count
  }

  protected async _get(key: string): Promise<Row | null> {
    const row = await this.#db('rate_limits')
      .where({ key })
      .where(live => void live.whereNull('expire').orWhere('expire', '>', Date.now()))
      .first<Row | undefined>('points', 'expire')
    return row ?? null
  }

  protected async _delete(key: string): Promise<boolean> {
    return (await this.#db('rate_limits').where({ key }).del()) > 0
  }

  protected _getRateLimiterRes(_key: string, changed: number, row: Row): RateLimiterRes {
    const left = Math.max(this.points - row.points, 0)
    const wait = row.expire === null ? -1 : Math.max(row.expire - Date.now(), 0)
    return new RateLimiterRes(left, wait, row.points, row.points === changed)
  }
}

/** How long to wait, in milliseconds, before `key` may try again; 0 when it may now, which uses up one try. */
export interface Limit {
  (key: string): Promise<number>
  /** The try that was used up led to nothing, and does not count. */
  giveBack(key: string): Promise<void>
}

/**
 * At most `points` tries a key in `seconds`. While the database is away, this process counts for itself. With `rememberFull`
 * it asks the database no more about a key that is used up, until its time is over: for a limit that nothing is given back to.
 */
export function createLimit(
  db: Db,
  name: string,
  points: number,
  seconds: number,
  { rememberFull = false }: { rememberFull?: boolean } = {},
): Limit {
  const insuranceLimiter = new RateLimiterMemory({ points, duration: seconds })
  const inMemoryBlockOnConsumed = rememberFull ? points : 0
  const about = { keyPrefix: name, points, duration: seconds, inMemoryBlockOnConsumed }
  const limiter = new RateLimiter({ db, ...about, insuranceLimiter })
  const take = async (key: string): Promise<number> => {
    try {
      await limiter.consume(key)
      return 0
    } catch (refusal) {
      if (refusal instanceof RateLimiterRes) return Math.max(refusal.msBeforeNext, 1000)
      throw refusal
    }
  }
  return Object.assign(take, { giveBack: async (key: string) => void (await limiter.reward(key)) })
}

/** Every count is over: those whose time has run out are removed. */
export async function forgetOldCounts(db: Db, now: number): Promise<void> {
  await db('rate_limits').where('expire', '<=', now).delete()
  await db('sign_in_attempts')
    .where('updated_at', '<', now - 24 * 3_600_000)
    .where('failures', '<', 100)
    .delete()
}
