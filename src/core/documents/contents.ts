import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import { containing } from '../names.ts'
import { documentRows, type StoredDocument } from './documents.ts'
import type { Folder } from './folders.ts'
import { visibleDocuments, visibleFolders, type Viewer } from './visible.ts'

const ANYWHERE = String.raw`?? like ? escape '\'`

export type DocumentOrder = 'name' | '-name' | 'added' | '-added'

/** What to list: one folder, `null` being the top; or, where `text` is not empty, everything found by name in the portal. */
export interface Asked {
  folderId: number | null
  text: string
  order: DocumentOrder
}

/** A folder in a list, with how much of it this viewer may see. */
export interface ListedFolder extends Folder {
  createdAt: number
  documents: number
}

export interface Contents {
  folders: ListedFolder[]
  documents: StoredDocument[]
}

/** How many folders and documents there are to list, together. */
export async function countContents(db: Db, viewer: Viewer, asked: Asked): Promise<number> {
  return (await countFolders(db, viewer, asked)) + (await countDocuments(db, viewer, asked))
}

/** How many documents a viewer may see in the whole portal. */
export async function countAllDocuments(db: Db, viewer: Viewer): Promise<number> {
  const [row] = await visibleDocuments(db, viewer).count<{ total: number }[]>({ total: 'documents.id' })
  return row?.total ?? 0
}

/** One page of a list, folders before documents. `page` counts from 1. */
export async function contentsPage(
  db: Db,
  viewer: Viewer,
  asked: Asked,
  page: number,
  perPage: number,
): Promise<Contents> {
  const first = (page - 1) * perPage
  const before = await countFolders(db, viewer, asked)
  const folders = await foldersIn(db, viewer, asked)
    .orderBy([{ column: 'folders.name_normalized', order: asked.order === '-name' ? 'desc' : 'asc' }, 'folders.id'])
    .limit(perPage)
    .offset(first)
    .select<(Folder & { createdAt: number })[]>(
      'folders.id',
      'folders.parent_id as parentId',
      'folders.name',
      'folders.created_at as createdAt',
    )
  const [by, order] = orderOf(asked.order)
  const documents = await narrowed(documentRows(db, viewer), asked)
    .orderBy([
      { column: by, order },
      { column: 'documents.id', order },
    ])
    .limit(perPage - folders.length)
    .offset(Math.max(0, first - before))
  const counts = await documentCounts(db, viewer)
  return { documents, folders: folders.map(folder => ({ ...folder, documents: counts.get(folder.id) ?? 0 })) }
}

function orderOf(order: DocumentOrder): ['documents.name_normalized' | 'documents.created_at', 'asc' | 'desc'] {
  const column = order.endsWith('added') ? 'documents.created_at' : 'documents.name_normalized'
  return [column, order.startsWith('-') ? 'desc' : 'asc']
}

async function countFolders(db: Db, viewer: Viewer, asked: Asked): Promise<number> {
  const [row] = await foldersIn(db, viewer, asked).count<{ total: number }[]>({ total: 'folders.id' })
  return row?.total ?? 0
}

async function countDocuments(db: Db, viewer: Viewer, asked: Asked): Promise<number> {
  const [row] = await narrowed(visibleDocuments(db, viewer), asked).count<{ total: number }[]>({
    total: 'documents.id',
  })
  return row?.total ?? 0
}

/** How many documents stand right in each folder. */
async function documentCounts(db: Db, viewer: Viewer): Promise<Map<number, number>> {
  const rows = await visibleDocuments(db, viewer)
    .whereNotNull('documents.folder_id')
    .groupBy('documents.folder_id')
    .select<{ folder_id: number; total: number }[]>('documents.folder_id', db.raw('count(*) as total'))
  return new Map(rows.map(row => [row.folder_id, row.total]))
}

function foldersIn(db: Db, viewer: Viewer, { folderId, text }: Asked) {
  const folders = visibleFolders(db, viewer)
  if (text) return folders.whereRaw(ANYWHERE, ['folders.name_normalized', containing(text)])
  return folders.where('folders.parent_id', folderId)
}

function narrowed<Q extends Knex.QueryBuilder>(documents: Q, { folderId, text }: Asked): Q {
  if (text) void documents.whereRaw(ANYWHERE, ['documents.name_normalized', containing(text)])
  else void documents.where('documents.folder_id', folderId)
  return documents
}
