import { startWork } from '../../../src/start.ts'
import type { Db } from '../../../src/db/index.ts'
import { timed } from '../results/numbers.ts'
import { opened, refuse, type Place } from './place.ts'
import { until } from './until.ts'

/** Sends the mails that wait there, maybe beside others; done when every one of them is sent and on record as that. */
export async function sendMails({ place }: { place: Place }): Promise<number> {
  const { started } = await opened(place)
  const { db } = started
  const all = await countOf(db, ['queued', 'sending', 'sent'])
  let worker: ReturnType<typeof startWork> | null = null
  const ms = await timed(async () => {
    worker = startWork(started)
    await until(async () => !(await areLeft(db)))
  })
  if (all === 0 || (await countOf(db, ['sent'])) !== all) refuse('Not all mails were sent')
  await (worker as ReturnType<typeof startWork> | null)?.stop()
  await db.destroy()
  return ms
}

/** Asked again and again meanwhile: it counts nothing. */
async function areLeft(db: Db): Promise<boolean> {
  return (await db('emails').whereIn('status', ['queued', 'sending']).first('id')) !== undefined
}

async function countOf(db: Db, states: string[]): Promise<number> {
  const [row] = await db('emails').whereIn('status', states).count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}
