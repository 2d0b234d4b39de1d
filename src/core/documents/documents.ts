import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { normalized, oneLine } from '../names.ts'
import { ok, refused, type Result } from '../result.ts'
import { endingOf, mediaTypeOf } from './file-types.ts'
import { visibleDocuments, type Viewer } from './visible.ts'

export const DOCUMENT_NAME_LENGTH = 200

/**
 * A kept document. `publicId` cannot be guessed, and is what customers see of it in addresses; the size is in bytes.
 */
export interface StoredDocument {
  id: number
  publicId: string
  folderId: number | null
  name: string
  size: number
  mediaType: string
  createdAt: number
  /** Who put it there: a customer, else the office. */
  customerId: number | null
  customerName: string | null
}

/** Where its content lies; for those who send it. */
export interface DocumentContent extends StoredDocument {
  storageKey: string
  sha256: string
}

/** Null alike when there is no such document, it is in another portal, deleted, or this viewer may not see it. */
export function visibleDocument(db: Db, viewer: Viewer, id: number): Promise<DocumentContent | null> {
  return contentWhere(db, viewer, { 'documents.id': id })
}

/** As `visibleDocument`, by the id that customers have. */
export function visibleDocumentCalled(db: Db, viewer: Viewer, publicId: string): Promise<DocumentContent | null> {
  return contentWhere(db, viewer, { 'documents.public_id': publicId })
}

/** What `documentRows` finds, in its order. */
export const DOCUMENT_COLUMNS = [
  'id',
  'publicId',
  'folderId',
  'name',
  'size',
  'mediaType',
  'createdAt',
  'customerId',
  'customerName',
] as const satisfies (keyof StoredDocument)[]

/** The documents a viewer may see, to be narrowed, sorted and read. */
export function documentRows(db: Db, viewer: Viewer) {
  return visibleDocuments(db, viewer)
    .leftJoin('portal_users as customers', 'customers.id', 'documents.uploaded_by_portal_user_id')
    .select<StoredDocument[]>(
      'documents.id as id',
      'documents.public_id as publicId',
      'documents.folder_id as folderId',
      'documents.name as name',
      'documents.size as size',
      'documents.media_type as mediaType',
      'documents.created_at as createdAt',
      'customers.id as customerId',
      'customers.name as customerName',
    )
}

/** A name as we keep it: no folders, no control characters, one line, not too long, its ending kept. */
export function documentName(original: string): string {
  const plain = oneLine(
    original
      .replace(/\p{Surrogate}/gu, '')
      .split(/[\\/]/)
      .at(-1) ?? '',
  )
  const ending = endingOf(plain)
  const letters = [...plain]
  if (letters.length <= DOCUMENT_NAME_LENGTH) return plain
  const kept = DOCUMENT_NAME_LENGTH - [...ending].length - 1
  return kept > 0 ? `${letters.slice(0, kept).join('')}.${ending}` : letters.slice(0, DOCUMENT_NAME_LENGTH).join('')
}

/**
 * Gives a document another name. Refused as 'ending' when that would make another kind of file of it, and as 'not-found'
 * when it is not in this portal.
 */
export function renameDocument(
  db: Db,
  actor: Actor,
  portalId: number,
  id: number,
  name: string,
  now: number,
): Promise<Result<null, 'not-found' | 'ending'>> {
  return db.transaction(async trx => {
    await trx('documents').where({ id }).forUpdate().first('id')
    const before = await visibleDocument(trx, { portalId, holder: 'office' }, id)
    if (!before) return refused('not-found')
    if (mediaTypeOf(name) !== before.mediaType) return refused('ending')
    if (before.name === name) return ok(null)
    await trx('documents')
      .where({ id })
      .update({ name, name_normalized: normalized(name) })
    const data = { document: id, from: before.name, to: name }
    await record(trx, actor, 'document.renamed', { type: 'portal', id: portalId }, data, now)
    return ok(null)
  })
}

async function contentWhere(
  db: Db,
  viewer: Viewer,
  which: Record<string, number | string>,
): Promise<DocumentContent | null> {
  const [found] = await documentRows(db, viewer)
    .where(which)
    .select<DocumentContent[]>('documents.storage_key as storageKey', 'documents.sha256 as sha256')
  return found ?? null
}
