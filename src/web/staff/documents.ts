import type { Request, Response } from 'express'
import { addDocuments, hasRoom, type AddedDocuments } from '../../core/documents/add.ts'
import { contentsPage, surveyOf, type Asked, type Contents } from '../../core/documents/contents.ts'
import { visibleDocument } from '../../core/documents/documents.ts'
import { FOLDER_NAME_LENGTH, makeFolder, type Folder } from '../../core/documents/folders.ts'
import { documentStorage } from '../../core/documents/store.ts'
import { DOCUMENT_ENDINGS } from '../../core/documents/file-types.ts'
import { oneLine } from '../../core/names.ts'
import { sendAttachment } from '../shared/attachments.ts'
import { kindWords, labelled, refusedFileWords } from '../shared/document-words.ts'
import { notFound, PageError } from '../shared/errors.ts'
import { readId, text, texts, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import { manyUploads, MOST_FILES_AT_ONCE } from '../shared/uploads.ts'
import { count } from '../shared/words.ts'
import { documentChangePages } from './documents-change.ts'
import { documentNamePages } from './documents-rename.ts'
import {
  crumbsTo,
  folderAddress,
  folderAt,
  pickedWords,
  placeAt,
  readPicked,
  type OfficePlace,
} from './documents-place.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const ORDERS = ['name', '-name', 'added', '-added'] as const
const NOTHING_TICKED = { field: 'first-tick', message: 'Select at least one folder or document first' }
const FOLDER_REFUSALS = {
  'name-taken': 'There is a folder of this name here already. Choose a different name',
  'too-deep': 'Folders can stand at most twenty deep, one in the other. Make this one higher up',
}

/** What to show again on a list besides what is in it. */
interface Again {
  errors: FieldError[]
  /** The name typed for a new folder. */
  name?: string
  kept?: string[]
}

/** The documents of a portal: its folders, what is in them, bringing more in and taking them out. */
export function documentPages(face: StaffPages): void {
  const { pages, deps, tokens } = face
  const { db, config, now } = deps
  const upload = manyUploads(deps, config.documentMegabytes)

  pages.get('/client-portals/:portalId/documents', may('see'), async (req, res) => {
    await showList(req, res, await placeAt(db, req), null, { errors: [] })
  })

  pages.get('/client-portals/:portalId/documents/folders/:folderId', may('see'), async (req, res) => {
    const place = await placeAt(db, req)
    await showList(req, res, place, await folderAt(db, place, req.params.folderId), { errors: [] })
  })

  pages.get('/client-portals/:portalId/documents/files/:documentId', may('see'), async (req, res) => {
    const { viewer } = await placeAt(db, req)
    const found = await visibleDocument(db, viewer, readId(req.params.documentId) ?? 0)
    if (!found) throw notFound()
    const open = (range?: { start: number; end: number }) => documentStorage(config).open(found.storageKey, range)
    await sendAttachment(req, res, deps, { ...found, version: found.sha256, open })
  })

  pages.post('/client-portals/:portalId/documents', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    if (!(await hasRoom(config))) throw NO_ROOM
    await upload.withFiles(req, res, async files => {
      tokens.check(req)
      const folder = await folderIn(place, req)
      if (files.length === 0) return showList(req, res.status(422), place, folder, { errors: [NO_FILE] })
      const where = { viewer: place.viewer, folderId: folder?.id ?? null }
      const added = await addDocuments(db, config, staffOf(req), where, files, now())
      if (!added.ok) throw notFound()
      await sayAdded(req, res, place, folder, added.value)
    })
  })

  pages.post('/client-portals/:portalId/documents/folders', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    const folder = await folderIn(place, req)
    const name = oneLine(text(req.body, 'name', 1000))
    const again = (message: string) =>
      showList(req, res.status(422), place, folder, { errors: [{ field: 'name', message }], name })
    if (!name) return again('Enter a name for the folder')
    if ([...name].length > FOLDER_NAME_LENGTH)
      return again(`Use at most ${String(FOLDER_NAME_LENGTH)} characters for the name`)
    const where = { portalId: place.portal.id, parentId: folder?.id ?? null }
    const made = await makeFolder(db, staffOf(req), where, name, now())
    if (!made.ok) {
      if (made.error === 'not-found') throw notFound()
      return again(FOLDER_REFUSALS[made.error])
    }
    await redirectSaying(req, res, folderAddress(place.base, where.parentId), `The folder ${name} was made.`)
  })

  pages.post('/client-portals/:portalId/documents/ticked', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    const picked = readPicked(texts(req.body, 'pick'))
    if (picked.folderIds.length + picked.documentIds.length === 0)
      return showList(req, res.status(422), place, await folderIn(place, req), { errors: [NOTHING_TICKED] })
    const act = text(req.body, 'go') === 'delete' ? 'deletion' : 'move'
    res.redirect(303, `${place.base}/${act}?pick=${pickedWords(picked)}`)
  })

  documentChangePages(face)
  documentNamePages(face)

  /** The folder that a form names; none for the top. */
  async function folderIn(place: OfficePlace, req: Request): Promise<Folder | null> {
    const given = text(req.body, 'folder', 20)
    return given ? folderAt(db, place, given) : null
  }

  async function sayAdded(
    req: Request,
    res: Response,
    place: OfficePlace,
    folder: Folder | null,
    { kept, refused }: AddedDocuments,
  ): Promise<void> {
    const limits = { megabytes: config.documentMegabytes, endings: DOCUMENT_ENDINGS }
    const errors = refused.map(file => ({ field: 'file', message: refusedFileWords(file, limits) }))
    if (errors.length > 0) return showList(req, res.status(422), place, folder, { errors, kept })
    const words = `${count(kept.length, 'document')} ${kept.length === 1 ? 'was' : 'were'} uploaded.`
    await redirectSaying(req, res, folderAddress(place.base, folder?.id ?? null), words)
  }

  async function showList(
    req: Request,
    res: Response,
    place: OfficePlace,
    folder: Folder | null,
    { errors, name = '', kept = [] }: Again,
  ): Promise<void> {
    const { viewer, portal, base } = place
    const asked: Asked = {
      folderId: folder?.id ?? null,
      text: folder ? '' : text(req.query, 'q', 200),
      order: ORDERS.find(order => order === req.query.sort) ?? 'name',
    }
    const address = folderAddress(base, asked.folderId)
    const survey = await surveyOf(db, viewer, asked)
    const shown = paging(survey.total, readPage(req.query.page), staffOf(req).rowsPerPage)
    if (shown.page > shown.pages) return res.redirect(303, address)
    const crumbs = await crumbsTo(db, place, folder)
    const title = folder?.name ?? `Documents of ${portal.name}`
    res.page('staff/documents/list', {
      title,
      tabTitle: folder ? `${folder.name} – Documents of ${portal.name}` : title,
      nav: 'client-portals',
      crumbs: crumbs.slice(0, -1),
      errors,
      base,
      address,
      asked,
      folder,
      name,
      kept,
      rows: rowsOf(await contentsPage(db, viewer, asked, survey, shown)),
      folderNames: survey.names,
      paging: shown,
      megabytes: config.documentMegabytes,
      mostFiles: MOST_FILES_AT_ONCE,
      endings: DOCUMENT_ENDINGS,
      sortAddress: (order: string) => sortAddress(address, asked.text, order),
    })
  }
}

function rowsOf({ folders, documents }: Contents) {
  return labelled([
    ...folders.map(one => ({ ...one, isFolder: true, kind: `Folder, ${count(one.documents, 'document')}` })),
    ...documents.map(one => ({ ...one, isFolder: false, kind: kindWords(one) })),
  ])
}

function sortAddress(address: string, found: string, order: string): string {
  return `${address}?${new URLSearchParams({ ...(found && { q: found }), sort: order }).toString()}`
}

const NO_FILE: FieldError = { field: 'file', message: 'Choose at least one file' }
const NO_ROOM = new PageError(
  507,
  'There is no room left',
  'The disk is almost full. Nothing was changed. Ask whoever runs Portico.',
)
