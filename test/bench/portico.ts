import { setTimeout } from 'node:timers/promises'
import { addPortals } from '../../src/core/access/grants.ts'
import { ALL_CONTACTS } from '../../src/core/contacts/filter.ts'
import { selectMatching } from '../../src/core/contacts/selection.ts'
import { importFor, SETTLED, type Import } from '../../src/core/imports/records.ts'
import { seenMark } from '../../src/core/imports/seen-mark.ts'
import { startImport } from '../../src/core/imports/start.ts'
import { askForCheck, confirmImport } from '../../src/core/imports/steps.ts'
import { planInvitations } from '../../src/core/invitations/plan.ts'
import { newToken } from '../../src/core/secrets.ts'
import { serve, type Serving } from '../../src/serve.ts'
import { start, startWork } from '../../src/start.ts'
import { answer } from './answering.ts'
import { timed } from './numbers.ts'
import { configOf, opened, refuse, type Place } from './place.ts'
import { inviteContacts } from './portico-invite.ts'
import { exportUsers, importUsers } from './portico-workbook.ts'

/** How long each step of an import took, in milliseconds. */
export interface ImportTimes {
  upload: number
  check: number
  run: number
}

const LOOK_EVERY_MS = 5

let serving: Serving | null = null

answer({ importContacts, grantPortals, inviteContacts, serveOffice, stopServing, importUsers, exportUsers })

async function importContacts({ place, file }: { place: Place; file: string }): Promise<ImportTimes> {
  const { started, staff } = await opened(place)
  const { db, config, now } = started
  const worker = startWork(started)
  const upload = { path: file, filename: 'contacts.csv', formKey: newToken() }
  const found = async (): Promise<Import> => (await importFor(db, staff, 1)) ?? refuse('There is no import')
  const settled = async (): Promise<void> => {
    worker.wake()
    while (!SETTLED.includes((await found()).state)) await setTimeout(LOOK_EVERY_MS)
  }
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
  await worker.stop()
  await db.destroy()
  return times
}

/** Gives the first two portals to every contact; the selection and the page before it are not measured. */
async function grantPortals({ place }: { place: Place }): Promise<number> {
  const { started, staff } = await opened(place)
  const { db, config, now } = started
  const selection = await selectMatching(db, staff, null, ALL_CONTACTS, now())
  const portalIds = [1, 2]
  const { mark: seen } = await planInvitations(db, selection, { by: 'add', portalIds }, now())
  const asked = { selection, portalIds, seen, formKey: newToken(), leftOut: { groups: [], contactIds: [] } }
  const ms = await timed(async () => {
    const done = await addPortals(db, { config }, staff, asked, now())
    if (!done.ok) refuse(done.error.kind)
  })
  await db.destroy()
  return ms
}

async function serveOffice({ place }: { place: Place }): Promise<void> {
  serving = await serve(await start(configOf(place)))
}

async function stopServing(): Promise<void> {
  await serving?.stop()
  serving = null
}
