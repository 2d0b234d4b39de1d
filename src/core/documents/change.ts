import { listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { allOrNothing, ok, refused, unlessTaken, type Result } from '../result.ts'
import { allFolders, levelsBelow, lockCabinet, placeFor, withAllBelow } from './folders.ts'
import { visibleDocuments, visibleFolders, type Viewer } from './visible.ts'

/** Folders and documents picked from one portal. */
export interface Picked {
  folderIds: number[]
  documentIds: number[]
}

/** What is picked, counted with all that is below the folders of it. */
export interface PickedCount {
  folders: number
  documents: number
}

export type MoveRefusal = 'not-found' | 'circle' | 'name-taken' | 'too-deep'

/** Those of the picked that are there, in order of their names. */
export async function pickedNames(db: Db, portalId: number, picked: Picked): Promise<Picked & { names: string[] }> {
  const office: Viewer = { portalId, holder: 'office' }
  const folders = await visibleFolders(db, office)
    .whereIn('folders.id', listed(db, picked.folderIds))
    .orderBy(['folders.name_normalized', 'folders.id'])
    .select<{ id: number; name: string }[]>('folders.id', 'folders.name')
  const documents = await visibleDocuments(db, office)
    .whereIn('documents.id', listed(db, picked.documentIds))
    .orderBy(['documents.name_normalized', 'documents.id'])
    .select<{ id: number; name: string }[]>('documents.id', 'documents.name')
  return {
    folderIds: folders.map(folder => folder.id),
    documentIds: documents.map(document => document.id),
    names: [...folders, ...documents].map(one => one.name),
  }
}

/**
 * Moves what is picked into a folder, or to the top. All or nothing: refused as 'circle' when the folder is one of those
 * picked or below one, as 'name-taken' when a folder of that name is there, as 'too-deep' below twenty others, as
 * 'not-found' when the folder or something picked is gone. What is there already stays, and may be moved there again.
 */
export function movePicked(
  db: Db,
  actor: Actor,
  portalId: number,
  picked: Picked,
  targetId: number | null,
  now: number,
): Promise<Result<PickedCount, MoveRefusal>> {
  return unlessTaken<PickedCount, Exclude<MoveRefusal, 'name-taken'>, 'name-taken'>('name-taken', () =>
    allOrNothing(db, async trx => {
      await lockCabinet(trx, portalId)
      const found = await pickedNames(trx, portalId, picked)
      const isAllThere =
        found.folderIds.length === picked.folderIds.length && found.documentIds.length === picked.documentIds.length
      if (!isAllThere) return refused('not-found')
      const all = await allFolders(trx, { portalId, holder: 'office' })
      if (targetId !== null && withAllBelow(all, picked.folderIds).has(targetId)) return refused('circle')
      const fits = await placeFor(trx, portalId, targetId, levelsBelow(all, picked.folderIds))
      if (fits !== 'fits') return refused(fits)
      const moved = await put(trx, picked, targetId)
      const data = { ...moved, to: targetId, names: found.names.slice(0, 20) }
      if (moved.folders + moved.documents > 0)
        await record(trx, actor, 'documents.moved', { type: 'portal', id: portalId }, data, now)
      return ok(moved)
    }),
  )
}

/** How much would be deleted. */
export async function countPicked(db: Db, portalId: number, picked: Picked): Promise<PickedCount> {
  const folders = withAllBelow(await allFolders(db, { portalId, holder: 'office' }), picked.folderIds)
  const [row] = await doomed(db, portalId, picked, folders).count<{ total: number }[]>({ total: 'documents.id' })
  return { folders: folders.size, documents: row?.total ?? 0 }
}

/**
 * Deletes what is picked, with all that is below its folders. Nobody can see it from now on; the content is swept away
 * later. Refused with how much there is now when that is not what was `seen`; deleting again does nothing and is fine.
 */
export function deletePicked(
  db: Db,
  actor: Actor,
  portalId: number,
  picked: Picked,
  seen: PickedCount,
  now: number,
): Promise<Result<PickedCount, PickedCount>> {
  return db.transaction(async trx => {
    await lockCabinet(trx, portalId)
    const { names } = await pickedNames(trx, portalId, picked)
    const counted = await countPicked(trx, portalId, picked)
    if (counted.folders + counted.documents === 0) return ok(counted)
    if (counted.folders !== seen.folders || counted.documents !== seen.documents) return refused(counted)
    const folders = withAllBelow(await allFolders(trx, { portalId, holder: 'office' }), picked.folderIds)
    const documents = await doomed(trx, portalId, picked, folders).pluck<number[]>('documents.id')
    await trx('documents').whereIn('id', listed(trx, documents)).update({ deleted_at: now, folder_id: null })
    await trx('folders')
      .whereIn('id', listed(trx, [...folders]))
      .delete()
    const data = { ...counted, names: names.slice(0, 20) }
    await record(trx, actor, 'documents.deleted', { type: 'portal', id: portalId }, data, now)
    return ok(counted)
  })
}

/** Deletes everything in a portal, as `deletePicked` does. Call it in the transaction that takes the portal away. */
export async function deleteAllIn(trx: Db, actor: Actor, portalId: number, now: number): Promise<PickedCount> {
  await lockCabinet(trx, portalId)
  const documents = await trx('documents')
    .where({ portal_id: portalId, deleted_at: null })
    .update({ deleted_at: now, folder_id: null })
  const folders = await trx('folders').where({ portal_id: portalId }).delete()
  const data = { folders, documents, all: true }
  if (folders + documents > 0)
    await record(trx, actor, 'documents.deleted', { type: 'portal', id: portalId }, data, now)
  return { folders, documents }
}

async function put(trx: Db, { folderIds, documentIds }: Picked, targetId: number | null): Promise<PickedCount> {
  const folders = await trx('folders')
    .whereIn('id', listed(trx, folderIds))
    .whereRaw('coalesce(parent_id, 0) <> ?', [targetId ?? 0])
    .update({ parent_id: targetId })
  const documents = await trx('documents')
    .whereIn('id', listed(trx, documentIds))
    .whereRaw('coalesce(folder_id, 0) <> ?', [targetId ?? 0])
    .update({ folder_id: targetId })
  return { folders, documents }
}

function doomed(db: Db, portalId: number, { documentIds }: Picked, folders: Set<number>) {
  return visibleDocuments(db, { portalId, holder: 'office' }).where(
    which =>
      void which
        .whereIn('documents.id', listed(db, documentIds))
        .orWhereIn('documents.folder_id', listed(db, [...folders])),
  )
}
