import type { Request } from 'express'
import type { Picked } from '../../core/documents/change.ts'
import { cabinet, visibleFolder, wayTo, type Cabinet, type Folder } from '../../core/documents/folders.ts'
import type { Viewer } from '../../core/documents/visible.ts'
import type { Db } from '../../db/index.ts'
import { notFound } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'

export type Crumb = [label: string, href: string]

/** The portal of this address as the office sees it: whichever it is, as long as it was not removed. */
export interface OfficePlace {
  portal: Cabinet
  viewer: Viewer
  /** The address of its documents. */
  base: string
}

export async function placeAt(db: Db, req: Request): Promise<OfficePlace> {
  const portal = await cabinet(db, readId(req.params.portalId) ?? 0)
  if (!portal) throw notFound()
  return { portal, viewer: { portalId: portal.id, holder: 'office' }, base: documentsAddress(portal.id) }
}

export function documentsAddress(portalId: number): string {
  return `/staff/client-portals/${String(portalId)}/documents`
}

export function folderAddress(base: string, folderId: number | null): string {
  return folderId === null ? base : `${base}/folders/${String(folderId)}`
}

export async function folderAt(db: Db, place: OfficePlace, id: unknown): Promise<Folder> {
  const folder = await visibleFolder(db, place.viewer, readId(id) ?? 0)
  if (!folder) throw notFound()
  return folder
}

/** The way to a page of this portal: to its list of documents, and to a folder in it. */
export async function crumbsTo(db: Db, { portal, base }: OfficePlace, folder: Folder | null): Promise<Crumb[]> {
  const way = folder ? await wayTo(db, folder) : []
  return [
    ...crumbsOf(portal.name, portal.contactId),
    [`Documents of ${portal.name}`, base],
    ...way.map((one): Crumb => [one.name, folderAddress(base, one.id)]),
  ]
}

/** The way to what belongs to a portal: by its contact, where it has one. */
export function crumbsOf(name: string, contactId: number | null): Crumb[] {
  const all: Crumb = ['Client Portal', '/staff/client-portals']
  return contactId === null ? [all] : [all, [name, `/staff/contacts/${String(contactId)}`]]
}

/** "f3.d15": folder 3 and document 15. */
export function pickedWords({ folderIds, documentIds }: Picked): string {
  return [...folderIds.map(id => `f${String(id)}`), ...documentIds.map(id => `d${String(id)}`)].join('.')
}

/** What was picked, from as many of these words as there are; whatever is not one of them is left out. */
export function readPicked(words: string[]): Picked {
  const all = [...new Set(words.flatMap(word => word.split('.')))].slice(0, 10_000)
  const idsOf = (letter: string): number[] =>
    all.filter(word => word.startsWith(letter)).flatMap(word => readId(word.slice(1)) ?? [])
  return { folderIds: idsOf('f'), documentIds: idsOf('d') }
}
