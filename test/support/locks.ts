import { setTimeout } from 'node:timers/promises'
import type { Db } from '../../src/db/index.ts'
import type { World } from './world.ts'

/** One connection, kept until it is let go: for a transaction that stands open. */
export async function keptConnection(
  db: Db,
): Promise<{ say: (sql: string) => Promise<unknown>; letGo: () => Promise<void> }> {
  const client = db.client as { acquireConnection(): Promise<unknown>; releaseConnection(one: unknown): Promise<void> }
  const connection = await client.acquireConnection()
  return {
    say: sql => Promise.resolve(db.raw(sql).connection(connection)),
    letGo: () => client.releaseConnection(connection),
  }
}

/** Waits until so many others wait for what `gate` holds, or for one another behind it. On PostgreSQL. */
export async function untilWaiting(world: World, gate: Db, many: number): Promise<void> {
  const { rows } = (await gate.raw('select pg_backend_pid() as pid')) as { rows: { pid: number }[] }
  for (let look = 0; look < 400; look += 1) {
    if ((await behind(world.db, rows[0]?.pid ?? 0)) >= many) return
    await setTimeout(10)
  }
  throw new Error(`${String(many)} were to wait`)
}

async function behind(db: Db, pid: number): Promise<number> {
  const { rows } = (await db.raw(
    `with recursive waiting as (
      select pid from pg_stat_activity where ? = any(pg_blocking_pids(pid))
      union select other.pid from pg_stat_activity as other join waiting on waiting.pid = any(pg_blocking_pids(other.pid))
    ) select cast(count(*) as integer) as many from waiting`,
    [pid],
  )) as { rows: { many: number }[] }
  return rows[0]?.many ?? 0
}
