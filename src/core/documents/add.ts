import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { failpoint } from '../../failpoints.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { normalized } from '../names.ts'
import { ok, refused, type Result } from '../result.ts'
import { newPublicId } from '../secrets.ts'
import { documentName } from './documents.ts'
import { lockCabinet, visibleFolder } from './folders.ts'
import { bytesOf, roomOnDisk, type Staged, type Storage } from './storage.ts'
import { documentStorage, type StoreConfig } from './store.ts'
import { lockContents } from './sweep.ts'
import { checkedType } from './file-types.ts'
import { visibleDocuments, type Viewer } from './visible.ts'

export type DocumentsConfig = StoreConfig & Pick<Config, 'portalMegabytes'>

/** A file as it came, in a place of its own on disk; null when it was too big to be taken in. */
export interface ArrivedFile {
  path: string | null
  filename: string
}

/**
 * Why a file was not kept. 'kind': we keep no such files; 'content': it is not what its name says; 'no-room': the
 * portal would hold more than it may; 'already-here': the same content lies in the same folder under this name.
 */
export type FileRefusal = 'too-big' | 'kind' | 'empty' | 'content' | 'no-room' | 'already-here'

export interface RefusedFile {
  name: string
  reason: FileRefusal
}

/** What became of the files: each is among one of these. */
export interface AddedDocuments {
  kept: string[]
  refused: RefusedFile[]
}

/** Where documents are put, and for whom; `folderId` is null for the top of the portal. */
export interface DocumentPlace {
  viewer: Viewer
  folderId: number | null
}

interface CheckedFile {
  name: string
  mediaType: string
  staged: Staged
}

/**
 * Keeps the good ones of these files and says why the others are not kept. A row is written before its content is put in
 * its place, and both before anybody can see either: there is never a row without its file. Refused as 'not-found' when
 * there is no such folder for this viewer. `besides` is done in the same transaction. Safe to do twice.
 */
export async function addDocuments(
  db: Db,
  config: DocumentsConfig,
  actor: Staff | PortalUser,
  place: DocumentPlace,
  files: ArrivedFile[],
  now: number,
  besides: (trx: Db, added: AddedDocuments) => Promise<void> = () => Promise.resolve(),
): Promise<Result<AddedDocuments, 'not-found'>> {
  const { good, bad } = await checkedFiles(documentStorage(config), files)
  failpoint('document.staged')
  try {
    return await db.transaction(async trx => {
      await lockCabinet(trx, place.viewer.portalId)
      if (place.folderId !== null && !(await visibleFolder(trx, place.viewer, place.folderId)))
        return refused('not-found')
      const keys = good.map(({ staged }) => staged.key)
      await lockContents(trx, keys)
      const added = await keepAll(trx, config, actor, place, good, now)
      added.refused.unshift(...bad)
      if (added.kept.length > 0) {
        const data = { folder: place.folderId, documents: added.kept.length, names: added.kept.slice(0, 20) }
        await record(trx, actor, 'documents.uploaded', { type: 'portal', id: place.viewer.portalId }, data, now)
        await besides(trx, added)
      }
      return ok(added)
    })
  } finally {
    failpoint('document.committed')
    for (const { staged } of good) await staged.drop()
  }
}

async function checkedFiles(
  storage: Storage,
  files: ArrivedFile[],
): Promise<{ good: CheckedFile[]; bad: RefusedFile[] }> {
  const good: CheckedFile[] = []
  const bad: RefusedFile[] = []
  try {
    for (const { path, filename } of files) {
      const name = documentName(filename) || 'file'
      const type = path === null ? refused('too-big' as const) : await checkedType(path, name)
      if (!type.ok) bad.push({ name, reason: type.error })
      else good.push({ name, mediaType: type.value, staged: await storage.stage(bytesOf(path ?? '')) })
    }
  } catch (error) {
    for (const { staged } of good) await staged.drop()
    throw error
  }
  return { good, bad }
}

async function keepAll(
  trx: Db,
  config: DocumentsConfig,
  actor: Staff | PortalUser,
  place: DocumentPlace,
  files: CheckedFile[],
  now: number,
): Promise<AddedDocuments> {
  const added: AddedDocuments = { kept: [], refused: [] }
  let room = config.portalMegabytes * 1_048_576 - (await bytesIn(trx, place.viewer.portalId))
  for (const file of files) {
    const { name, staged } = file
    if (await isHere(trx, place, file)) added.refused.push({ name, reason: 'already-here' })
    else if (staged.size > room) added.refused.push({ name, reason: 'no-room' })
    else {
      await trx('documents').insert(rowOf(actor, place, file, now))
      failpoint('document.row-written')
      await staged.keep()
      failpoint('document.kept')
      room -= staged.size
      added.kept.push(name)
    }
  }
  return added
}

function rowOf(actor: Staff | PortalUser, { viewer, folderId }: DocumentPlace, file: CheckedFile, now: number) {
  return {
    public_id: newPublicId(),
    portal_id: viewer.portalId,
    folder_id: folderId,
    name: file.name,
    name_normalized: normalized(file.name),
    storage_key: file.staged.key,
    size: file.staged.size,
    media_type: file.mediaType,
    sha256: file.staged.sha256,
    uploaded_by_staff_id: actor.kind === 'staff' ? actor.id : null,
    uploaded_by_portal_user_id: actor.kind === 'portal_user' ? actor.id : null,
    created_at: now,
  }
}

/** Whether this viewer can see that the very same document is there: one that is denied to them is none to tell of. */
async function isHere(trx: Db, { viewer, folderId }: DocumentPlace, { name, staged }: CheckedFile): Promise<boolean> {
  const same = await visibleDocuments(trx, viewer)
    .where({ 'documents.folder_id': folderId, 'documents.name': name, 'documents.sha256': staged.sha256 })
    .first<{ id: number } | undefined>('documents.id')
  return same !== undefined
}

/** Deleted documents do not count. */
async function bytesIn(trx: Db, portalId: number): Promise<number> {
  const [row] = await visibleDocuments(trx, { portalId, holder: 'office' }).sum<{ bytes: number | string | null }[]>({
    bytes: 'documents.size',
  })
  return Number(row?.bytes ?? 0)
}

/** Whether the disk has as much free space as whoever runs this wants to keep. Ask before a file is read. */
export async function hasRoom(config: Pick<Config, 'dataDir' | 'freeMegabytes'>): Promise<boolean> {
  return (await roomOnDisk(config)) >= config.freeMegabytes * 1_048_576
}
