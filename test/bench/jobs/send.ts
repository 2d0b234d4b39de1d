import { closeSync, openSync, writeSync } from 'node:fs'
import path from 'node:path'
import { openedBody } from '../../../src/core/mail/outbox.ts'
import { openDb, type Db } from '../../../src/db/index.ts'
import { expectRows, inTurns, type Bench, type Job } from '../bench.ts'
import type { Letter } from '../floor/send.ts'
import { configOf } from '../portico/place.ts'
import { MeasuredProcess, roundOf } from '../processes/measured-process.ts'
import { rowOf } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'
import { speeds } from './import.ts'

const AT_ONCE = 1000

/** Mails that wait, to a server on this machine; beside the usual library with the same letters. */
export const send: Job = {
  name: 'send',
  goal: 'B7',
  sizes: sizes => sizes.send,
  async measure(bench, mails) {
    const { offices, sizes, dataDir, withSides } = bench
    const office = await offices.copyOf({ contacts: mails, inUse: false })
    const file = path.join(bench.folder, 'letters.jsonl')
    const sink = await MeasuredProcess.start('sink')
    const smtp = await sink.ask<string>('listen', null)
    const expectAll = async (): Promise<void> => expectRows({ mails: await sink.ask('takenSince', null) }, { mails })
    await withSides(sides => sides.portico.ask('inviteContacts', { place: { database: office, dataDir } }))
    await writeLetters(bench, office, file)
    const { floor, portico } = await withSides(sides =>
      inTurns(
        roundsFor(sizes, mails),
        async () => {
          const measured = await sides.floor.measure<number>('sendLetters', { file, smtp })
          await expectAll()
          return roundOf(measured, measured.answer / 1000)
        },
        async () => {
          const database = await offices.copy(office)
          const measured = await sides.portico.measure<number>('sendMails', { place: { database, dataDir, smtp } })
          await expectAll()
          await offices.drop(database)
          return roundOf(measured, measured.answer / 1000)
        },
      ),
    )
    await sink.end()
    await offices.drop(office)
    const line = { job: 'B7', what: 'send mails', contacts: mails, engine: offices.engine, unit: 's' } as const
    const note = speeds(portico, floor, mails).replaceAll('rows', 'mails')
    return [rowOf({ ...line, goal: { within: 1.3 }, note }, portico, floor)]
  },
}

/** The letters that wait in a database, so that the floor sends the same. */
async function writeLetters({ dataDir }: Bench, database: string, file: string): Promise<void> {
  const config = configOf({ database, dataDir })
  const db = openDb(database)
  const handle = openSync(file, 'w')
  for (let after = 0; ;) {
    const rows = await queuedAfter(db, after)
    if (rows.length === 0) break
    for (const row of rows) {
      const { text, html, from } = openedBody(config, row.body)
      const to = { name: row.to_name ?? '', address: row.to_email }
      const letter: Letter = { from, to, subject: row.subject, text, html, messageId: row.message_id }
      writeSync(handle, `${JSON.stringify(letter)}\n`)
    }
    after = rows.at(-1)?.id ?? 0
  }
  closeSync(handle)
  await db.destroy()
}

interface Queued {
  id: number
  to_name: string | null
  to_email: string
  subject: string
  body: string
  message_id: string
}

function queuedAfter(db: Db, id: number): Promise<Queued[]> {
  return db('emails')
    .where('id', '>', id)
    .orderBy('id')
    .limit(AT_ONCE)
    .select<Queued[]>('id', 'to_name', 'to_email', 'subject', 'body', 'message_id')
}
