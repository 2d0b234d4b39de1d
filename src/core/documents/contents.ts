import type { Knex } from 'knex'
import { together } from '../../db/asked.ts'
import type { Db } from '../../db/index.ts'
import { containing } from '../names.ts'
import { DOCUMENT_COLUMNS, documentRows, type StoredDocument } from './documents.ts'
import type { Folder } from './folders.ts'
import { visibleDocuments, visibleFolders, type Viewer } from './visible.ts'

const ANYWHERE = String.raw`?? like ? escape '\'`

export type DocumentOrder = 'name' | '-name' | 'added' | '-added'

/**
 * What to list: one folder, `null` being the top; or, where `text` is not empty, everything found by name in the
 * portal.
 */
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

/** How much there is to list in a portal, and in all its folders. */
export interface Survey {
  folders: number
  /** Folders and documents together. */
  total: number
  /** Documents in the whole portal. */
  everything: number
  /** What the folders are called that this viewer may see, and how many documents stand right in each. */
  names: Map<number, string>
  inFolders: Map<number, number>
}

/** Looks over a portal before one page of it is read. */
export async function surveyOf(db: Db, viewer: Viewer, asked: Asked): Promise<Survey> {
  const found = await together<{
    here: { folders: number; documents: number; everything: number }
    names: { id: number; name: string }
    inFolders: { id: number; documents: number }
  }>(db, {
    here: {
      query: db.select(
        foldersIn(db, viewer, asked).count('folders.id').as('folders'),
        narrowed(visibleDocuments(db, viewer), asked).count('documents.id').as('documents'),
        visibleDocuments(db, viewer).count('documents.id').as('everything'),
      ),
      columns: ['folders', 'documents', 'everything'],
    },
    names: { query: visibleFolders(db, viewer).select('folders.id', 'folders.name'), columns: ['id', 'name'] },
    inFolders: {
      query: visibleDocuments(db, viewer)
        .whereNotNull('documents.folder_id')
        .groupBy('documents.folder_id')
        .select('documents.folder_id as id', db.raw('count(*) as documents')),
      columns: ['id', 'documents'],
    },
  })
  const { folders = 0, documents = 0, everything = 0 } = found.here[0] ?? {}
  return {
    folders,
    total: folders + documents,
    everything,
    names: new Map(found.names.map(({ id, name }) => [id, name])),
    inFolders: new Map(found.inFolders.map(one => [one.id, one.documents])),
  }
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
  survey: Survey,
  { page, perPage }: { page: number; perPage: number },
): Promise<Contents> {
  const first = (page - 1) * perPage
  const foldersShown = Math.min(perPage, Math.max(0, survey.folders - first))
  const [by, order] = orderOf(asked.order)
  const found = await together<{ folders: Omit<ListedFolder, 'documents'>; documents: StoredDocument }>(db, {
    folders: {
      query: foldersIn(db, viewer, asked)
        .orderBy([{ column: 'folders.name_normalized', order: asked.order === '-name' ? 'desc' : 'asc' }, 'folders.id'])
        .limit(foldersShown)
        .offset(first)
        .select('folders.id', 'folders.parent_id as parentId', 'folders.name', 'folders.created_at as createdAt'),
      columns: ['id', 'parentId', 'name', 'createdAt'],
    },
    documents: {
      query: narrowed(documentRows(db, viewer), asked)
        .orderBy([
          { column: by, order },
          { column: 'documents.id', order },
        ])
        .limit(perPage - foldersShown)
        .offset(Math.max(0, first - survey.folders)),
      columns: DOCUMENT_COLUMNS,
    },
  })
  const folders = found.folders.map(folder => ({ ...folder, documents: survey.inFolders.get(folder.id) ?? 0 }))
  return { documents: found.documents, folders }
}

function orderOf(order: DocumentOrder): ['documents.name_normalized' | 'documents.created_at', 'asc' | 'desc'] {
  const column = order.endsWith('added') ? 'documents.created_at' : 'documents.name_normalized'
  return [column, order.startsWith('-') ? 'desc' : 'asc']
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
