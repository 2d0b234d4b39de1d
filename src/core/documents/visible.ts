import type { Db } from '../../db/index.ts'

/** Whose denials count: those of an access, or those of an invitation that nobody has accepted yet. */
export type Holder = { accessId: number } | { invitationId: number }

/** Who looks at the documents of a portal. The office sees everything; everybody else what is not denied to them. */
export interface Viewer {
  portalId: number
  holder: Holder | 'office'
}

/** Where the denials of this holder stand in the table. */
export function denialsFor(holder: Holder): { portal_access_id: number } | { invitation_id: number } {
  return 'accessId' in holder ? { portal_access_id: holder.accessId } : { invitation_id: holder.invitationId }
}

/**
 * The folders this viewer may see. Denial always wins: a denied folder, and whatever is below it at any depth and since
 * any time, is not there. This and `visibleDocuments` decide for every list, search, count, archive and download.
 */
export function visibleFolders(db: Db, { portalId, holder }: Viewer) {
  const folders = db('folders').where('folders.portal_id', portalId)
  if (holder !== 'office') void folders.whereNotIn('folders.id', deniedFolders(db, holder))
  return folders
}

/**
 * The documents this viewer may see: not denied themselves, and in no denied folder. Deleted ones are there for nobody.
 */
export function visibleDocuments(db: Db, { portalId, holder }: Viewer) {
  const documents = db('documents').where('documents.portal_id', portalId).whereNull('documents.deleted_at')
  if (holder === 'office') return documents
  const denied = db('access_denials').where(denialsFor(holder)).whereNotNull('document_id').select('document_id')
  return documents
    .whereNotIn('documents.id', denied)
    .where(
      seen => void seen.whereNull('documents.folder_id').orWhereNotIn('documents.folder_id', deniedFolders(db, holder)),
    )
}

/** The folders denied to a holder, with all that are below them now. */
function deniedFolders(db: Db, holder: Holder) {
  return db
    .withRecursive('denied', ['id'], top =>
      top
        .select('folder_id')
        .from('access_denials')
        .where(denialsFor(holder))
        .whereNotNull('folder_id')
        .union(
          below => void below.select('folders.id').from('folders').join('denied', 'folders.parent_id', 'denied.id'),
        ),
    )
    .from('denied')
    .select('id')
}
