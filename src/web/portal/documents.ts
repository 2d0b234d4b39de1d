import type { Request, Response } from 'express'
import {
  addOwnDocuments,
  contentOf,
  DOCUMENT_ENDINGS,
  hasRoom,
  maySeeDocuments,
  mayUpload,
  ownArchive,
  ownContents,
  ownDocument,
  ownFolder,
  ownSurvey,
  showsWhoBrought,
  type AddedDocuments,
  type Asked,
  type ByteRange,
  type Contents,
  type Folder,
} from '../../core/documents/own-documents.ts'
import type { OwnPortal } from '../../core/portal-users/own-portals.ts'
import { attachmentHeaders, sendAttachment, sendStream } from '../shared/attachments.ts'
import type { FormTokens } from '../shared/csrf.ts'
import { kindWords, labelled, lostWords, refusedFileWords } from '../shared/document-words.ts'
import { notFound, PageError } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import { manyUploads, MOST_FILES_AT_ONCE } from '../shared/uploads.ts'
import { count } from '../shared/words.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'
import { notAllowed, portalAt } from './portal-at.ts'

const PER_PAGE = 50
const ORDERS = ['name', '-name', 'added', '-added'] as const
const NO_FILE: FieldError = { field: 'file', message: 'Choose at least one file' }
const NO_ROOM = 'Nothing was changed. Tell the person you deal with, and try again later.'

interface Again {
  errors: FieldError[]
  kept: string[]
}

/** A folder with the way to it, itself last; null is the top. */
type Place = { folder: Folder; way: Folder[] } | null

/**
 * My Documents: what of a portal this person may see. What is denied to them is not there, in no list and at no
 * address.
 */
export function documentPages({ pages, deps }: PortalPages, tokens: FormTokens): void {
  const { db, config, now } = deps
  const upload = manyUploads(deps, config.documentMegabytes)

  pages.get('/portals/:slug/documents', async (req, res) => {
    await showList(req, res, await portalWithDocuments(req), null)
  })

  pages.get('/portals/:slug/documents/folders/:folderId', async (req, res) => {
    const portal = await portalWithDocuments(req)
    await showList(req, res, portal, await placeAt(portal, req.params.folderId))
  })

  pages.get('/portals/:slug/documents/zip', async (req, res) => {
    await sendArchive(req, res, await portalWithDocuments(req), null)
  })

  pages.get('/portals/:slug/documents/folders/:folderId/zip', async (req, res) => {
    const portal = await portalWithDocuments(req)
    await sendArchive(req, res, portal, await placeAt(portal, req.params.folderId))
  })

  pages.get('/portals/:slug/documents/:publicId', async (req, res) => {
    const portal = await portalWithDocuments(req)
    const found = await ownDocument(db, portal, readPublicId(req.params.publicId))
    if (!found) throw notFound()
    const open = (range?: ByteRange) => contentOf(config, found, range)
    await sendAttachment(req, res, deps, { ...found, version: found.sha256, open })
  })

  pages.post('/portals/:slug/documents', async (req, res) => {
    const portal = await portalWithDocuments(req)
    if (!mayUpload(portal)) throw notAllowed(deps, 'upload documents to this portal')
    if (!(await hasRoom(config))) throw new PageError(507, 'There is no room left', NO_ROOM)
    await upload.withFiles(req, res, async files => {
      tokens.check(req)
      const typed = text(req.body, 'folder', 20)
      const place = typed ? await placeAt(portal, typed) : null
      if (files.length === 0) return showList(req, res.status(422), portal, place, { errors: [NO_FILE], kept: [] })
      const folderId = place?.folder.id ?? null
      const added = await addOwnDocuments(db, config, portalUserOf(req), portal, folderId, files, now())
      if (!added.ok) throw notFound()
      await sayAdded(req, res, portal, place, added.value)
    })
  })

  async function portalWithDocuments(req: Request): Promise<OwnPortal> {
    const portal = await portalAt(deps, req)
    if (!maySeeDocuments(portal)) throw notAllowed(deps, 'see the documents of this portal')
    return portal
  }

  async function placeAt(portal: OwnPortal, id: unknown): Promise<Place> {
    const found = await ownFolder(db, portal, readId(id) ?? 0)
    if (!found) throw notFound()
    return found
  }

  async function sendArchive(req: Request, res: Response, portal: OwnPortal, place: Place): Promise<void> {
    const archive =
      req.method === 'HEAD' ? null : await ownArchive(db, config, portal, place?.folder ?? null, lostWords(config))
    attachmentHeaders(res, `${place?.folder.name ?? portal.name}.zip`, 'application/zip')
    if (archive) await sendStream(res, deps, archive)
    else res.end()
  }

  async function sayAdded(
    req: Request,
    res: Response,
    portal: OwnPortal,
    place: Place,
    { kept, refused }: AddedDocuments,
  ): Promise<void> {
    const limits = { megabytes: config.documentMegabytes, endings: DOCUMENT_ENDINGS }
    const errors = refused.map(file => ({ field: 'file', message: refusedFileWords(file, limits) }))
    if (errors.length > 0) return showList(req, res.status(422), portal, place, { errors, kept })
    const words = `${count(kept.length, 'document')} ${kept.length === 1 ? 'was' : 'were'} uploaded.`
    await redirectSaying(req, res, addressOf(portal, place), words)
  }

  async function showList(
    req: Request,
    res: Response,
    portal: OwnPortal,
    place: Place,
    { errors, kept }: Again = { errors: [], kept: [] },
  ): Promise<void> {
    const asked = askedIn(req, place)
    const address = addressOf(portal, place)
    const survey = await ownSurvey(db, portal, asked)
    const shown = paging(survey.total, readPage(req.query.page), PER_PAGE)
    if (shown.page > shown.pages) return res.redirect(303, address)
    res.page('portal/documents/list', {
      title: place?.folder.name ?? 'My Documents',
      tabTitle: `${place ? `${place.folder.name} – ` : ''}My Documents – ${portal.name}`,
      nav: 'home',
      crumbs: crumbsTo(portal, place),
      errors,
      kept,
      portal,
      place,
      base: addressOf(portal, null),
      address,
      asked,
      namesOthers: showsWhoBrought(portal),
      rows: rowsOf(await ownContents(db, portal, asked, survey, shown)),
      folderNames: survey.names,
      total: survey.everything,
      paging: shown,
      mayUpload: mayUpload(portal),
      megabytes: config.documentMegabytes,
      mostFiles: MOST_FILES_AT_ONCE,
      endings: DOCUMENT_ENDINGS,
      sortAddress: (order: string) => sortAddress(address, asked.text, order),
    })
  }
}

function askedIn(req: Request, place: Place): Asked {
  return {
    folderId: place?.folder.id ?? null,
    text: place ? '' : text(req.query, 'q', 200),
    order: ORDERS.find(order => order === req.query.sort) ?? 'name',
  }
}

function rowsOf({ folders, documents }: Contents) {
  return labelled([
    ...folders.map(one => ({ ...one, isFolder: true, kind: `Folder, ${count(one.documents, 'document')}` })),
    ...documents.map(one => ({ ...one, isFolder: false, kind: kindWords(one) })),
  ])
}

function addressOf({ slug }: OwnPortal, place: Place): string {
  const base = `/portal/portals/${slug}/documents`
  return place ? `${base}/folders/${String(place.folder.id)}` : base
}

function sortAddress(address: string, found: string, order: string): string {
  return `${address}?${new URLSearchParams({ ...(found && { q: found }), sort: order }).toString()}`
}

function crumbsTo(portal: OwnPortal, place: Place): [string, string][] {
  const top: [string, string] = [portal.name, `/portal/portals/${portal.slug}`]
  if (!place) return [top]
  const base = addressOf(portal, null)
  const above = place.way.slice(0, -1).map((one): [string, string] => [one.name, `${base}/folders/${String(one.id)}`])
  return [top, ['My Documents', base], ...above]
}

function readPublicId(value: unknown): string {
  return typeof value === 'string' && /^[A-Za-z0-9_-]{22}$/.test(value) ? value : ''
}
