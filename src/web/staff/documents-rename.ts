import type { Request, Response } from 'express'
import { DOCUMENT_NAME_LENGTH, documentName, renameDocument, visibleDocument } from '../../core/documents/documents.ts'
import { FOLDER_NAME_LENGTH, renameFolder, visibleFolder } from '../../core/documents/folders.ts'
import { endingOf } from '../../core/documents/file-types.ts'
import { oneLine } from '../../core/names.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { crumbsTo, folderAddress, placeAt, type OfficePlace } from './documents-place.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** What is on a page that renames one thing. */
interface Renamed {
  was: string
  folderId: number | null
  address: string
  hint: string
}

/** Giving folders and documents other names. */
export function documentNamePages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/client-portals/:portalId/documents/folders/:folderId/rename', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    const one = await renamedFolder(place, req)
    await showRename(res, place, one, one.was, [])
  })

  pages.post('/client-portals/:portalId/documents/folders/:folderId/rename', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    const one = await renamedFolder(place, req)
    const name = oneLine(text(req.body, 'name', 1000))
    const again = (message: string) => showRename(res.status(422), place, one, name, [{ field: 'name', message }])
    const mistake = nameMistake(name, FOLDER_NAME_LENGTH)
    if (mistake) return again(mistake)
    const done = await renameFolder(db, staffOf(req), place.portal.id, readId(req.params.folderId) ?? 0, name, now())
    if (!done.ok && done.error === 'not-found') throw notFound()
    if (!done.ok) return again('There is a folder of this name here already. Choose a different name')
    await redirectSaying(req, res, folderAddress(place.base, one.folderId), `${one.was} is now called ${name}.`)
  })

  pages.get('/client-portals/:portalId/documents/files/:documentId/rename', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    const one = await renamedDocument(place, req)
    await showRename(res, place, one, one.was, [])
  })

  pages.post('/client-portals/:portalId/documents/files/:documentId/rename', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    const one = await renamedDocument(place, req)
    const name = documentName(text(req.body, 'name', 1000))
    const again = (message: string) => showRename(res.status(422), place, one, name, [{ field: 'name', message }])
    const mistake = nameMistake(name, DOCUMENT_NAME_LENGTH)
    if (mistake) return again(mistake)
    const done = await renameDocument(
      db,
      staffOf(req),
      place.portal.id,
      readId(req.params.documentId) ?? 0,
      name,
      now(),
    )
    if (!done.ok && done.error === 'not-found') throw notFound()
    if (!done.ok) return again(`Keep the end of the name: .${endingOf(one.was)}`)
    await redirectSaying(req, res, folderAddress(place.base, one.folderId), `${one.was} is now called ${name}.`)
  })

  async function renamedFolder(place: OfficePlace, req: Request): Promise<Renamed> {
    const folder = await visibleFolder(db, place.viewer, readId(req.params.folderId) ?? 0)
    if (!folder) throw notFound()
    const address = `${folderAddress(place.base, folder.id)}/rename`
    return { was: folder.name, folderId: folder.parentId, address, hint: 'Customers see this name' }
  }

  async function renamedDocument(place: OfficePlace, req: Request): Promise<Renamed> {
    const found = await visibleDocument(db, place.viewer, readId(req.params.documentId) ?? 0)
    if (!found) throw notFound()
    const address = `${place.base}/files/${String(found.id)}/rename`
    const hint = `Customers see this name. Keep its end, .${endingOf(found.name)}`
    return { was: found.name, folderId: found.folderId, address, hint }
  }

  async function showRename(
    res: Response,
    place: OfficePlace,
    one: Renamed,
    name: string,
    errors: FieldError[],
  ): Promise<void> {
    const folder = one.folderId === null ? null : await visibleFolder(db, place.viewer, one.folderId)
    res.page('staff/documents/rename', {
      title: `Rename ${one.was}`,
      nav: 'client-portals',
      crumbs: await crumbsTo(db, place, folder),
      errors,
      address: one.address,
      back: folderAddress(place.base, one.folderId),
      hint: one.hint,
      name,
    })
  }
}

function nameMistake(name: string, most: number): string | null {
  if (!name) return 'Enter a name'
  return [...name].length > most ? `Use at most ${String(most)} characters for the name` : null
}
