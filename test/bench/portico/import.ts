import path from 'node:path'
import { importFor, SETTLED, type Import } from '../../../src/core/imports/records.ts'
import { seenMark } from '../../../src/core/imports/seen-mark.ts'
import { startImport } from '../../../src/core/imports/start.ts'
import { askForCheck, confirmImport } from '../../../src/core/imports/steps.ts'
import { newToken } from '../../../src/core/secrets.ts'
import { staffById } from '../../../src/core/team/accounts.ts'
import { startWork, type Started } from '../../../src/start.ts'
import { timed } from '../results/numbers.ts'
import { opened, refuse, type Place } from './place.ts'
import { served } from './serve.ts'
import { until } from './until.ts'

/** How long each step of an import took, in milliseconds. */
export interface ImportTimes {
  upload: number
  check: number
  run: number
}

/** Takes a file in, has it checked, and imports it. */
export async function importContacts({ place, file }: { place: Place; file: string }): Promise<ImportTimes> {
  const { started } = await opened(place)
  const worker = startWork(started)
  const times = await imported(started, file, worker.wake)
  await worker.stop()
  await started.db.destroy()
  return times
}

/** The same in the process that serves the pages, whose own background work does it. */
export function importBeside({ file }: { file: string }): Promise<ImportTimes> {
  return imported(served(), file, () => undefined)
}

async function imported(started: Started, file: string, wake: () => void): Promise<ImportTimes> {
  const { db, config, now } = started
  const staff = (await staffById(db, 1)) ?? refuse('There is no member of staff')
  const found = async (): Promise<Import> => (await importFor(db, staff, 1)) ?? refuse('There is no import')
  const settled = (): Promise<void> => {
    wake()
    return until(async () => SETTLED.includes((await found()).state))
  }
  const upload = { path: file, filename: path.basename(file), formKey: newToken() }
  const times = {
    upload: await timed(() => startImport(db, config, staff, upload, now())),
    check: await timed(async () => {
      const uploaded = await found()
      await askForCheck(db, staff, uploaded, { columns: uploaded.columns, portals: 'add', remember: false }, now())
      await settled()
    }),
    run: await timed(async () => {
      const checked = await found()
      await confirmImport(db, staff, checked, { email: false, again: false, mark: seenMark(checked) }, now())
      await settled()
    }),
  }
  const { state } = await found()
  if (state !== 'completed') refuse(`The import ended as ${state}`)
  return times
}
