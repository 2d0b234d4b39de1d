import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { addDocuments as add } from '../../../src/core/documents/add.ts'
import { serve, type Serving } from '../../../src/serve.ts'
import type { Started } from '../../../src/start.ts'
import { opened, refuse, type Place } from './place.ts'

let serving: (Serving & { started: Started }) | null = null

/** What serves, or an error. */
export function served(): Started {
  return serving?.started ?? refuse('No office is served')
}

export async function serveOffice({ place }: { place: Place }): Promise<void> {
  const { started } = await opened(place)
  serving = { ...(await serve(started)), started }
}

export async function stopServing(): Promise<void> {
  await serving?.stop()
  serving = null
}

/** Puts so many documents into the first portal of a place. */
export async function addDocuments({ place, count }: { place: Place; count: number }): Promise<void> {
  const { started, staff } = await opened(place)
  const { db, config, now } = started
  const folder = path.join(config.dataDir, 'arriving')
  mkdirSync(folder, { recursive: true })
  const files = Array.from({ length: count }, (_, index) => {
    const file = { path: path.join(folder, `${String(index)}.pdf`), filename: `Statement ${String(index + 1)}.pdf` }
    writeFileSync(file.path, `%PDF-1.4\nStatement ${String(index + 1)}\n%%EOF\n`)
    return file
  })
  const target = { viewer: { portalId: 1, holder: 'office' as const }, folderId: null }
  const added = await add(db, config, staff, target, files, now())
  if (!added.ok || added.value.kept.length !== count) refuse('The documents were not kept')
  await db.destroy()
}
