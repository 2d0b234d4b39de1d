import type { Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import type { Db } from '../../db/index.ts'
import { allFolders, withAllBelow, type Folder } from './folders.ts'
import { documentStorage, type StoreConfig } from './store.ts'
import { visibleDocuments, type Viewer } from './visible.ts'

const LOOKED_AT_ONCE = 50

interface PackedDocument {
  name: string
  folderId: number | null
  storageKey: string
  mediaType: string
  createdAt: number
}

/** What stands in an archive for documents whose content is lost: a text file of this name, made of their paths. */
export interface LostWords {
  name: string
  text(paths: string[]): string
}

/**
 * Everything a viewer may see, or of one folder, as a ZIP archive that is made while it is read: in the memory of one
 * document, however many there are. What is seen is decided at the beginning, and so is what is lost.
 */
export async function documentsArchive(
  db: Db,
  config: StoreConfig,
  viewer: Viewer,
  folder: Folder | null,
  lost: LostWords,
): Promise<Readable> {
  const all = await allFolders(db, viewer)
  const within = folder ? withAllBelow(all, [folder.id]) : null
  const folders = all.filter(one => !within || within.has(one.id))
  const documents = (await packed(db, viewer)).filter(({ folderId }) => !within || within.has(folderId ?? 0))
  const paths = pathsOf(folders, folder)
  const missing = await missingOf(config, documents)
  const placed = documents.map(document => ({ ...document, above: paths.get(document.folderId) ?? '' }))
  const [gone, there] = [
    placed.filter(one => missing.has(one.storageKey)),
    placed.filter(one => !missing.has(one.storageKey)),
  ]
  const note =
    gone.length > 0 ? { name: lost.name, text: lost.text(gone.map(({ above, name }) => above + name)) } : null
  return zipped(config, [...paths.values()].filter(Boolean), there, note)
}

/** A name that every system can save; nothing in it leads anywhere. */
export function savableName(name: string): string {
  const plain = name
    .replace(/[<>:"/\\|?*\p{Cc}]/gu, '_')
    .replace(/[. ]+$/, '')
    .replace(/^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i, '_$1')
  return plain || '_'
}

function packed(db: Db, viewer: Viewer): Promise<PackedDocument[]> {
  return Promise.resolve(
    visibleDocuments(db, viewer)
      .orderBy(['documents.name_normalized', 'documents.id'])
      .select<PackedDocument[]>(
        'documents.name',
        'documents.folder_id as folderId',
        'documents.storage_key as storageKey',
        'documents.media_type as mediaType',
        'documents.created_at as createdAt',
      ),
  )
}

/** The keys that lead to no content, looked at a few at a time. */
async function missingOf(config: StoreConfig, documents: PackedDocument[]): Promise<Set<string>> {
  const storage = documentStorage(config)
  const keys = [...new Set(documents.map(({ storageKey }) => storageKey))]
  const missing = new Set<string>()
  for (let at = 0; at < keys.length; at += LOOKED_AT_ONCE) {
    const some = keys.slice(at, at + LOOKED_AT_ONCE)
    const there = await Promise.all(some.map(key => storage.has(key)))
    for (const [index, key] of some.entries()) if (!there[index]) missing.add(key)
  }
  return missing
}

/** The path of each folder, ending on a slash; of the one that is packed, or the top, it is empty. */
function pathsOf(folders: Folder[], top: Folder | null): Map<number | null, string> {
  const paths = new Map<number | null, string>([[top?.id ?? null, '']])
  const taken = new Set<string>()
  for (let waiting = folders.filter(({ id }) => id !== top?.id); waiting.length > 0;) {
    const ready = waiting.filter(({ parentId }) => paths.has(parentId))
    for (const { id, parentId, name } of ready)
      paths.set(id, `${unlike(taken, (paths.get(parentId) ?? '') + savableName(name))}/`)
    if (ready.length === 0) break
    waiting = waiting.filter(({ id }) => !paths.has(id))
  }
  return paths
}

function zipped(
  config: StoreConfig,
  folders: string[],
  documents: (PackedDocument & { above: string })[],
  note: { name: string; text: string } | null,
): Readable {
  const storage = documentStorage(config)
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  const taken = new Set(folders.map(folder => folder.slice(0, -1).toLowerCase()))
  const reading: { now: Readable | null } = { now: null }
  if (note) zip.addBuffer(Buffer.from(note.text), unlike(taken, note.name))
  for (const folder of folders) zip.addEmptyDirectory(folder)
  for (const { above, name, storageKey, mediaType, createdAt } of documents) {
    const place = unlike(taken, above + savableName(name))
    const options = { mtime: new Date(createdAt), compress: mediaType.startsWith('text/') }
    zip.addReadStreamLazy(place, options, ready => {
      storage.open(storageKey).then(
        stream => {
          reading.now = stream
          if (output.destroyed) stream.destroy()
          ready(null, stream)
        },
        (error: unknown) => output.destroy(error as Error),
      )
    })
  }
  zip.on('error', (error: Error) => output.destroy(error))
  output.on('close', () => reading.now?.destroy())
  zip.end()
  return output
}

/** A path that is not taken yet, capitals or not: "a.pdf", then "a (2).pdf". */
function unlike(taken: Set<string>, path: string): string {
  const [, begin = path, ending = ''] = /^(.*[^/])(\.[^./]+)$/s.exec(path) ?? []
  let free = path
  for (let n = 2; taken.has(free.toLowerCase()); n += 1) free = `${begin} (${String(n)})${ending}`
  taken.add(free.toLowerCase())
  return free
}
