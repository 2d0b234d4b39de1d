import type { Knex } from 'knex'
import type { Readable } from 'node:stream'
import { together, type Question } from '../../db/asked.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'
import { notifyOffice } from '../notifications/bell.ts'
import { documentsNotice } from '../notifications/notices.ts'
import type { OwnPortal } from '../portal-users/own-portals.ts'
import { refused, type Result } from '../result.ts'
import {
  addDocuments,
  hasRoom,
  type AddedDocuments,
  type ArrivedFile,
  type DocumentPlace,
  type DocumentsConfig,
} from './add.ts'
import { documentsArchive, type LostWords } from './archive.ts'
import { contentsPage, surveyOf, type Asked, type Contents, type Survey } from './contents.ts'
import {
  DOCUMENT_COLUMNS,
  documentRows,
  visibleDocumentCalled,
  type DocumentContent,
  type StoredDocument,
} from './documents.ts'
import { DOCUMENT_ENDINGS } from './file-types.ts'
import { visibleFolder, wayTo, type Folder } from './folders.ts'
import type { ByteRange } from './storage.ts'
import { documentStorage, type StoreConfig } from './store.ts'
import type { Viewer } from './visible.ts'

export { hasRoom, DOCUMENT_ENDINGS }
export type { AddedDocuments, ArrivedFile, Asked, ByteRange, Contents, DocumentContent, Folder }

/** With more, the statement that counts in each would be a long one. */
const PORTALS_AT_ONCE = 50

/*
 * The documents of a portal as a customer sees them. Whoever may not see documents there has none: ask `maySeeDocuments`
 * first to say so in better words.
 */

export function maySeeDocuments(portal: OwnPortal): boolean {
  return portal.canViewDocuments
}

/**
 * Whether people are told who else brought documents: those of one contact are, the many of a shared portal stay
 * unknown.
 */
export function showsWhoBrought(portal: OwnPortal): boolean {
  return portal.contactId !== null
}

/** Whether this person may bring documents in. */
export function mayUpload(portal: OwnPortal): boolean {
  return portal.canViewDocuments && portal.level === 'full'
}

/**
 * What came for this person into a portal after a moment, but for what they brought themselves: how many, and the
 * newest.
 */
export async function newDocuments(
  db: Db,
  user: PortalUser,
  portal: OwnPortal,
  { since, most }: { since: number; most: number },
): Promise<{ total: number; newest: StoredDocument[] }> {
  if (!portal.canViewDocuments) return { total: 0, newest: [] }
  const arrived = arrivedIn(db, user, portal, since)
  const { totals, newest } = await together<{ totals: { total: number }; newest: StoredDocument }>(db, {
    totals: howMany(arrived),
    newest: { query: arrived.clone().orderBy('documents.id', 'desc').limit(most), columns: DOCUMENT_COLUMNS },
  })
  return { total: totals[0]?.total ?? 0, newest }
}

/** How many came into each of these portals, as `newDocuments`, by their ids. Asked in the same words for as many portals. */
export async function newDocumentCounts(
  db: Db,
  user: PortalUser,
  portals: OwnPortal[],
  since: number,
): Promise<Map<number, number>> {
  const open = portals.filter(portal => portal.canViewDocuments)
  const counts = new Map<number, number>()
  for (let first = 0; first < open.length; first += PORTALS_AT_ONCE) {
    const some = open.slice(first, first + PORTALS_AT_ONCE)
    const questions = some.map(portal => howMany(arrivedIn(db, user, portal, since)))
    const found = await together<Record<string, { total: number }>>(db, Object.fromEntries(questions.entries()))
    for (const [place, { id }] of some.entries()) counts.set(id, found[place]?.[0]?.total ?? 0)
  }
  return counts
}

function arrivedIn(db: Db, user: PortalUser, portal: OwnPortal, since: number) {
  return documentRows(db, viewerOf(portal))
    .where('documents.created_at', '>', since)
    .where(others => void others.whereNull('customers.id').orWhereNot('customers.id', user.id))
}

function howMany(documents: Knex.QueryBuilder): Question {
  return { query: documents.clone().clearSelect().count({ total: 'documents.id' }), columns: ['total'] }
}

/** What there is to list for this person in a portal. */
export function ownSurvey(db: Db, portal: OwnPortal, asked: Asked): Promise<Survey> {
  return surveyOf(db, viewerOf(portal), asked)
}

/** One page of a folder, or of what a search found. `page` counts from 1. */
export function ownContents(
  db: Db,
  portal: OwnPortal,
  asked: Asked,
  survey: Survey,
  stretch: { page: number; perPage: number },
): Promise<Contents> {
  return contentsPage(db, viewerOf(portal), asked, survey, stretch)
}

/** The folder with the way to it, itself last; null when it is not there for this person. */
export async function ownFolder(
  db: Db,
  portal: OwnPortal,
  id: number,
): Promise<{ folder: Folder; way: Folder[] } | null> {
  const folder = await visibleFolder(db, viewerOf(portal), id)
  return folder && { folder, way: await wayTo(db, folder) }
}

/** Null alike when there is no such document, and when it is not there for this person. */
export function ownDocument(db: Db, portal: OwnPortal, publicId: string): Promise<DocumentContent | null> {
  return visibleDocumentCalled(db, viewerOf(portal), publicId)
}

/** What is in it; ask `ownDocument` for it, as whoever has one may read it. */
export function contentOf(config: StoreConfig, document: DocumentContent, range?: ByteRange): Promise<Readable> {
  return documentStorage(config).open(document.storageKey, range)
}

/** All that this person may see, or of one folder, as a ZIP archive; in it stands what is lost. */
export function ownArchive(
  db: Db,
  config: StoreConfig,
  portal: OwnPortal,
  folder: Folder | null,
  lost: LostWords,
): Promise<Readable> {
  return documentsArchive(db, config, viewerOf(portal), folder, lost)
}

/**
 * Keeps what a customer brings, as `addDocuments` does, and tells the office. Refused as 'may-not' without full access,
 * and as 'not-found' when the folder is not there for them.
 */
export async function addOwnDocuments(
  db: Db,
  config: DocumentsConfig,
  user: PortalUser,
  portal: OwnPortal,
  folderId: number | null,
  files: ArrivedFile[],
  now: number,
): Promise<Result<AddedDocuments, 'not-found' | 'may-not'>> {
  if (!mayUpload(portal)) return refused('may-not')
  const place: DocumentPlace = { viewer: viewerOf(portal), folderId }
  return addDocuments(db, config, user, place, files, now, (trx, { kept }) =>
    notifyOffice(trx, documentsNotice({ who: user.name, documents: kept.length, portal, folderId }), now),
  )
}

function viewerOf(portal: OwnPortal): Viewer {
  if (!portal.canViewDocuments) throw new Error('This person may not see the documents of this portal')
  return { portalId: portal.id, holder: { accessId: portal.accessId } }
}
