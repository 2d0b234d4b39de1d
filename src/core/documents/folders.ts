import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { normalized } from '../names.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { visibleFolders, type Viewer } from './visible.ts'

export const FOLDER_NAME_LENGTH = 120
const DEEPEST = 20

/** A folder of a portal; `parentId` is null for one at the top. */
export interface Folder {
  id: number
  parentId: number | null
  name: string
}

/** The filing cabinet that is a portal: one of a contact, or a shared one. */
export interface Cabinet {
  id: number
  name: string
  slug: string
  contactId: number | null
}

/** The portal with this id, of whatever kind; null when there is none or it was removed. */
export async function cabinet(db: Db, portalId: number): Promise<Cabinet | null> {
  const found = await db('portals')
    .where({ id: portalId })
    .whereNull('removed_at')
    .first<Cabinet | undefined>('id', 'name', 'slug', 'contact_id as contactId')
  return found ?? null
}

/** Null alike when there is no such folder, it is in another portal, or this viewer may not see it. */
export async function visibleFolder(db: Db, viewer: Viewer, id: number): Promise<Folder | null> {
  const [folder] = await folderRows(db, viewer).where('folders.id', id)
  return folder ?? null
}

/** All folders a viewer may see, those above before those below at every name. */
export function allFolders(db: Db, viewer: Viewer): Promise<Folder[]> {
  return Promise.resolve(folderRows(db, viewer).orderBy(['folders.name_normalized', 'folders.id']))
}

/** The way to a folder from the top, the folder itself last. */
export async function wayTo(db: Db, folder: Folder): Promise<Folder[]> {
  const way = [folder]
  for (let above = folder.parentId; above !== null && way.length <= DEEPEST;) {
    const found = await db('folders')
      .where({ id: above })
      .first<Folder | undefined>('id', 'parent_id as parentId', 'name')
    if (!found) break
    way.unshift(found)
    above = found.parentId
  }
  return way
}

/**
 * Makes a folder. Refused as 'name-taken' when one beside it has this name: capitals and accents make no difference; as
 * 'not-found' when there is no such parent in this portal, and as 'too-deep' below twenty others.
 */
export function makeFolder(
  db: Db,
  actor: Actor,
  place: { portalId: number; parentId: number | null },
  name: string,
  now: number,
): Promise<Result<number, 'name-taken' | 'not-found' | 'too-deep'>> {
  const { portalId, parentId } = place
  return unlessTaken<number, 'not-found' | 'too-deep', 'name-taken'>('name-taken', () =>
    db.transaction(async trx => {
      await lockCabinet(trx, portalId)
      const fits = await placeFor(trx, portalId, parentId, 1)
      if (fits !== 'fits') return refused(fits)
      const row = { portal_id: portalId, parent_id: parentId, name, name_normalized: normalized(name), created_at: now }
      const [made] = await trx('folders').insert(row).returning<{ id: number }[]>('id')
      const id = made?.id ?? 0
      await record(trx, actor, 'folder.made', { type: 'portal', id: portalId }, { folder: id, name }, now)
      return ok(id)
    }),
  )
}

/** Refused as `makeFolder`. */
export function renameFolder(
  db: Db,
  actor: Actor,
  portalId: number,
  id: number,
  name: string,
  now: number,
): Promise<Result<null, 'name-taken' | 'not-found'>> {
  return unlessTaken<null, 'not-found', 'name-taken'>('name-taken', () =>
    db.transaction(async trx => {
      await lockCabinet(trx, portalId)
      const before = await visibleFolder(trx, { portalId, holder: 'office' }, id)
      if (!before) return refused('not-found')
      if (before.name === name) return ok(null)
      await trx('folders')
        .where({ id })
        .update({ name, name_normalized: normalized(name) })
      const data = { folder: id, from: before.name, to: name }
      await record(trx, actor, 'folder.renamed', { type: 'portal', id: portalId }, data, now)
      return ok(null)
    }),
  )
}

/** These folders of all there are in a portal, with every folder below them. */
export function withAllBelow(all: Folder[], ids: number[]): Set<number> {
  const found = new Set(all.filter(folder => ids.includes(folder.id)).map(folder => folder.id))
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const { id, parentId } of all) if (parentId !== null && found.has(parentId)) found.add(id)
  }
  return found
}

/** How many folders stand one in the other from here down, these included. */
export function levelsBelow(all: Folder[], ids: number[]): number {
  let levels = 0
  for (let here = ids; here.length > 0 && levels <= DEEPEST; levels += 1) {
    const above = new Set(here)
    here = all.filter(folder => folder.parentId !== null && above.has(folder.parentId)).map(folder => folder.id)
  }
  return levels
}

/**
 * Whoever changes the folders and documents of a portal waits here for the others. On SQLite everybody waits anyway.
 */
export async function lockCabinet(trx: Db, portalId: number): Promise<void> {
  await trx('portals').where({ id: portalId }).forNoKeyUpdate().first('id')
}

/** Whether so many folders, one in the other, fit into this place. */
export async function placeFor(
  trx: Db,
  portalId: number,
  parentId: number | null,
  levels: number,
): Promise<'fits' | 'not-found' | 'too-deep'> {
  if (parentId === null) return 'fits'
  const parent = await visibleFolder(trx, { portalId, holder: 'office' }, parentId)
  if (!parent) return 'not-found'
  return (await wayTo(trx, parent)).length + levels > DEEPEST ? 'too-deep' : 'fits'
}

function folderRows(db: Db, viewer: Viewer) {
  return visibleFolders(db, viewer).select<Folder[]>('folders.id', 'folders.parent_id as parentId', 'folders.name')
}
