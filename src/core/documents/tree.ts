import type { Db } from '../../db/index.ts'
import { allFolders } from './folders.ts'
import { visibleDocuments, type Viewer } from './visible.ts'

/** What is in one place of a portal: its folders, each with what is in it, and its documents. */
export interface Tree {
  folders: (Tree & { id: number; name: string })[]
  documents: { id: number; name: string }[]
}

/** Everything a viewer may see of a portal, in order of names. */
export async function documentTree(db: Db, viewer: Viewer): Promise<Tree> {
  const folders = await allFolders(db, viewer)
  const documents = await visibleDocuments(db, viewer)
    .orderBy(['documents.name_normalized', 'documents.id'])
    .select<{ id: number; name: string; folderId: number | null }[]>(
      'documents.id',
      'documents.name',
      'documents.folder_id as folderId',
    )
  const below = (parentId: number | null): Tree => ({
    folders: folders.filter(folder => folder.parentId === parentId).map(({ id, name }) => ({ id, name, ...below(id) })),
    documents: documents.filter(({ folderId }) => folderId === parentId).map(({ id, name }) => ({ id, name })),
  })
  return below(null)
}

/** How many folders and documents there are in a tree. */
export function countTree({ folders, documents }: Tree): number {
  return folders.reduce((total, folder) => total + 1 + countTree(folder), documents.length)
}
