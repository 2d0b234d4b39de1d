import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { importFor, SETTLED, type Import } from '../../../src/core/imports/records.ts'
import { seenMark } from '../../../src/core/imports/seen-mark.ts'
import { confirmUserImport, startUserImport } from '../../../src/core/imports/user-start.ts'
import { userTemplate } from '../../../src/core/imports/user-workbook.ts'
import { newToken } from '../../../src/core/secrets.ts'
import { startWork } from '../../../src/start.ts'
import { timed } from '../results/numbers.ts'
import { opened, refuse, type Place } from './place.ts'
import { until } from './until.ts'

/** How long the steps of importing a workbook took, in milliseconds. */
export interface WorkbookTimes {
  upload: number
  run: number
}

/** Takes a workbook of portal users in, and imports it. */
export async function importUsers({ place, file }: { place: Place; file: string }): Promise<WorkbookTimes> {
  const { started, staff } = await opened(place)
  const { db, config, now } = started
  const worker = startWork(started)
  const upload = { path: file, filename: 'people.xlsx', formKey: newToken() }
  const found = async (): Promise<Import> => (await importFor(db, staff, 1)) ?? refuse('There is no import')
  const times = {
    upload: await timed(() => startUserImport(db, config, staff, upload, now())),
    run: await timed(async () => {
      const ready = await found()
      await confirmUserImport(db, staff, ready, seenMark(ready), now())
      worker.wake()
      await until(async () => SETTLED.includes((await found()).state))
    }),
  }
  const { state } = await found()
  if (state !== 'completed') refuse(`The import ended as ${state}`)
  await worker.stop()
  await db.destroy()
  return times
}

/** Writes the template with everybody in it. */
export async function exportUsers({ place, file }: { place: Place; file: string }): Promise<number> {
  const { started } = await opened(place)
  const ms = await timed(() => pipeline(userTemplate(started.db, true), createWriteStream(file)))
  await started.db.destroy()
  return ms
}
