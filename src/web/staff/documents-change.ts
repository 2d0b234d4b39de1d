import type { Response } from 'express'
import {
  countPicked,
  deletePicked,
  movePicked,
  pickedNames,
  type MoveRefusal,
  type Picked,
  type PickedCount,
} from '../../core/documents/change.ts'
import { visibleDocument } from '../../core/documents/documents.ts'
import { allFolders, visibleFolder, withAllBelow } from '../../core/documents/folders.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, texts, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count, listOf } from '../shared/words.ts'
import { crumbsTo, folderAddress, pickedWords, placeAt, readPicked, type OfficePlace } from './documents-place.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const MOVE_REFUSALS: Record<MoveRefusal, string> = {
  circle: 'A folder cannot be moved into itself or into a folder inside it. Choose another folder',
  'name-taken': 'A folder of the same name is there already. Rename one of them first, or choose another folder',
  'not-found': 'Something you selected, or the folder you chose, is not there any more. Go back and select again',
  'too-deep': 'Folders can stand at most twenty deep, one in the other. Choose a folder higher up',
}

/** Moving and deleting what was picked in a portal. */
export function documentChangePages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/client-portals/:portalId/documents/move', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    await showMove(res, place, await pickedIn(place, req.query), '', [])
  })

  pages.post('/client-portals/:portalId/documents/move', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    const picked = await pickedIn(place, req.body)
    const typed = text(req.body, 'target', 20)
    const targetId = readId(typed)
    const again = (message: string) => showMove(res.status(422), place, picked, typed, [{ field: 'target', message }])
    if (targetId === null && typed !== 'top') return again('Choose where to move them')
    const moved = await movePicked(db, staffOf(req), place.portal.id, picked, targetId, now())
    if (!moved.ok) return again(MOVE_REFUSALS[moved.error])
    const target = targetId === null ? null : await visibleFolder(db, place.viewer, targetId)
    const words = `${pickedCountWords(moved.value)} moved to ${target?.name ?? 'the top'}.`
    await redirectSaying(req, res, folderAddress(place.base, target?.id ?? null), words)
  })

  pages.get('/client-portals/:portalId/documents/deletion', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    await showDeletion(res, place, await pickedIn(place, req.query), false)
  })

  pages.post('/client-portals/:portalId/documents/deletion', may('change'), async (req, res) => {
    const place = await placeAt(db, req)
    const picked = readPicked(texts(req.body, 'pick'))
    const [folders, documents] = text(req.body, 'seen', 40).split('.').map(Number)
    const seen = { folders: folders ?? 0, documents: documents ?? 0 }
    const deleted = await deletePicked(db, staffOf(req), place.portal.id, picked, seen, now())
    if (!deleted.ok) return showDeletion(res.status(409), place, picked, true)
    const back = readId(text(req.body, 'back', 20))
    const folder = back === null ? null : await visibleFolder(db, place.viewer, back)
    await redirectSaying(
      req,
      res,
      folderAddress(place.base, folder?.id ?? null),
      `${pickedCountWords(deleted.value)} deleted.`,
    )
  })

  async function pickedIn(place: OfficePlace, from: unknown): Promise<Picked & { names: string[] }> {
    const found = await pickedNames(db, place.portal.id, readPicked(texts(from, 'pick')))
    if (found.names.length === 0) throw notFound()
    return found
  }

  async function showMove(
    res: Response,
    place: OfficePlace,
    picked: Picked & { names: string[] },
    target: string,
    errors: FieldError[],
  ): Promise<void> {
    const all = await allFolders(db, place.viewer)
    const moving = withAllBelow(all, picked.folderIds)
    const byId = new Map(all.map(folder => [folder.id, folder]))
    const pathOf = (id: number | null): string[] => {
      const folder = byId.get(id ?? 0)
      return folder ? [...pathOf(folder.parentId), folder.name] : []
    }
    const offered = all.filter(folder => !moving.has(folder.id))
    const choices = offered.map((folder): [string, string] => [String(folder.id), pathOf(folder.id).join(' / ')])
    const words = listOf(picked.names.slice(0, 5))
    res.page('staff/documents/move', {
      title: picked.names.length === 1 ? `Move ${words}` : `Move ${count(picked.names.length, 'item')}`,
      nav: 'client-portals',
      crumbs: await crumbsTo(db, place, null),
      errors,
      base: place.base,
      names: picked.names,
      pick: pickedWords(picked),
      target,
      choices: [
        ['', 'Choose a folder'],
        ['top', 'The top of the portal'],
        ...choices.toSorted((a, b) => a[1].localeCompare(b[1])),
      ],
    })
  }

  async function showDeletion(res: Response, place: OfficePlace, picked: Picked, hasChanged: boolean): Promise<void> {
    const { names, ...there } = await pickedNames(db, place.portal.id, picked)
    if (names.length === 0) throw notFound()
    const counted = await countPicked(db, place.portal.id, there)
    const [document] = there.documentIds
    const [folder] = there.folderIds
    const back = folder
      ? (await visibleFolder(db, place.viewer, folder))?.parentId
      : (await visibleDocument(db, place.viewer, document ?? 0))?.folderId
    res.page('staff/documents/delete', {
      title: names.length === 1 ? `Delete ${names[0] ?? ''}?` : `Delete ${count(names.length, 'item')}?`,
      nav: 'client-portals',
      crumbs: await crumbsTo(db, place, null),
      base: place.base,
      names,
      pick: pickedWords(there),
      counted,
      back: back ?? null,
      backAddress: folderAddress(place.base, back ?? null),
      hasChanged,
    })
  }
}

/** "1 folder and 2 documents were"; what is none of is not said. */
function pickedCountWords({ folders, documents }: PickedCount): string {
  const words = [folders > 0 ? count(folders, 'folder') : '', documents > 0 ? count(documents, 'document') : '']
  const said = listOf(words.filter(Boolean))
  if (!said) return 'Nothing had to be'
  return `${said} ${folders + documents === 1 ? 'was' : 'were'}`
}
