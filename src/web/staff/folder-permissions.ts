import type { Response } from 'express'
import { denialsOf, saveDenials, type Denials } from '../../core/documents/denials.ts'
import { accessFrom, deniedPerson, type DeniedPerson } from '../../core/documents/denied-people.ts'
import { visibleFolder, wayTo, type Folder } from '../../core/documents/folders.ts'
import { countTree, documentTree, type Tree } from '../../core/documents/tree.ts'
import type { Holder } from '../../core/documents/visible.ts'
import type { Db } from '../../db/index.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, texts, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count } from '../shared/words.ts'
import { crumbsOf, documentsAddress, pickedWords, readPicked, type Crumb } from './documents-place.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const MOST_ON_A_PAGE = 200
const LOOK_AGAIN = 'Check what is ticked, then save'
const GONE = `Something you ticked is not there any more. Nothing was saved. ${LOOK_AGAIN}`

const HOLDERS: [path: string, holderOf: (id: number) => Holder, addressOf: (id: string) => string][] = [
  [
    '/portal-access/:id/folder-permissions',
    id => ({ accessId: id }),
    id => `/staff/portal-access/${id}/folder-permissions`,
  ],
  [
    '/invitations/:id/folder-permissions',
    id => ({ invitationId: id }),
    id => `/staff/invitations/${id}/folder-permissions`,
  ],
]

/** A tree that fits on a page, or one level of it. */
export interface ShownTree {
  tree: Tree
  folder: Folder | null
  /** How many there are in the whole portal. */
  total: number
  way: Folder[]
}

/** What is denied to somebody: to one who has access, and to one who is invited. */
export function folderPermissionPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  for (const [path, holderOf, addressOf] of HOLDERS) {
    pages.get(path, may('change'), async (req, res) => {
      const id = String(readId(req.params.id) ?? 0)
      const person = await deniedPerson(db, holderOf(Number(id)))
      if (!person) throw notFound()
      const denied = await denialsOf(db, holderOf(Number(id)))
      await showPage(res, person, addressOf(id), readId(req.query.folder), denied, [])
    })

    pages.post(path, may('change'), async (req, res) => {
      const id = String(readId(req.params.id) ?? 0)
      const holder = holderOf(Number(id))
      const person = await deniedPerson(db, holder)
      const ticked = readDenied(req.body)
      const shown = readPicked(texts(req.body, 'shown'))
      const folderId = readId(text(req.body, 'folder', 20))
      const wanted = (before: Denials): Denials => withTicks(before, shown, ticked)
      const saved = await saveDenials(db, holder, wanted, staffOf(req), now())
      if (!saved.ok && saved.error === 'not-found') return showAccepted(res, holder, ticked, folderId)
      if (!person) throw notFound()
      const denied = await denialsOf(db, holder)
      if (!saved.ok) return showPage(res.status(422), person, addressOf(id), null, wanted(denied), mistake(GONE))
      const back = folderId === null ? addressOf(id) : `${addressOf(id)}?folder=${String(folderId)}`
      await redirectSaying(req, res, back, savedWords(denied, person))
    })
  }

  /** Whoever has accepted meanwhile has access: the same ticks go there, with what is denied to them there. */
  async function showAccepted(res: Response, holder: Holder, ticked: Denials, folderId: number | null): Promise<void> {
    const access = 'invitationId' in holder ? await accessFrom(db, holder.invitationId) : null
    const person = access && (await deniedPerson(db, access))
    if (!person) throw notFound()
    const denied = withTicks(await denialsOf(db, access), ticked, ticked)
    const errors = mistake(`${person.name} has registered meanwhile. Nothing was saved. ${LOOK_AGAIN}`)
    const address = `/staff/portal-access/${String(access.accessId)}/folder-permissions`
    await showPage(res.status(422), person, address, folderId, denied, errors)
  }

  async function showPage(
    res: Response,
    person: DeniedPerson,
    address: string,
    folderId: number | null,
    denied: Denials,
    errors: FieldError[],
  ): Promise<void> {
    const { tree, folder, total, way } = await shownTree(db, person.portalId, address, folderId)
    const isDenied = new Set(deniedWords(denied))
    const title = `Set Folder Permissions for ${person.name}`
    const above = way.slice(0, -1).map((one): Crumb => [one.name, `${address}?folder=${String(one.id)}`])
    const crumbs = crumbsOf(person.portalName, person.contactId)
    res.page('staff/documents/permissions', {
      title,
      nav: 'client-portals',
      crumbs: folder ? [...crumbs, [title, address], ...above] : crumbs,
      crumb: folder?.name,
      errors,
      person,
      tree,
      total,
      folder,
      denied: isDenied,
      covered: way.some(one => isDenied.has(`f${String(one.id)}`)),
      shown: pickedWords(pickedOf(tree)),
      action: address,
      back: documentsAddress(person.portalId),
    })
  }
}

/** What stands ticked in a form that holds the tree of folders and documents (views/staff/documents/tree.ejs). */
export function readDenied(body: unknown): Denials {
  return readPicked(texts(body, 'deny'))
}

/** Which boxes of that tree are ticked, for its `denied`: make a Set of them. */
export function deniedWords({ folderIds, documentIds }: Denials): string[] {
  return [...folderIds.map(id => `f${String(id)}`), ...documentIds.map(id => `d${String(id)}`)]
}

/**
 * Everything in a portal when that fits on a page; else what stands in one folder, each folder leading to its own page.
 */
export async function shownTree(
  db: Db,
  portalId: number,
  address: string,
  folderId: number | null,
): Promise<ShownTree> {
  const whole = await documentTree(db, { portalId, holder: 'office' })
  const total = countTree(whole)
  const folder = folderId === null ? null : await visibleFolder(db, { portalId, holder: 'office' }, folderId)
  if (folderId !== null && !folder) throw notFound()
  if (total <= MOST_ON_A_PAGE && !folder) return { tree: whole, folder: null, total, way: [] }
  const way = folder ? await wayTo(db, folder) : []
  const here = way.reduce<Tree>((above, one) => above.folders.find(({ id }) => id === one.id) ?? above, whole)
  const folders = here.folders.map(({ id, name }) => {
    return { id, name, folders: [], documents: [], opens: `${address}?folder=${String(id)}` }
  })
  return { tree: { folders, documents: here.documents }, folder, total, way }
}

/** What was denied before, with what this page shows as it is ticked there. */
export function withTicks(before: Denials, shown: Denials, ticked: Denials): Denials {
  return {
    folderIds: [...before.folderIds.filter(id => !shown.folderIds.includes(id)), ...ticked.folderIds],
    documentIds: [...before.documentIds.filter(id => !shown.documentIds.includes(id)), ...ticked.documentIds],
  }
}

/** Everything in a tree. */
export function pickedOf({ folders, documents }: Tree): Denials {
  const below = folders.map(pickedOf)
  return {
    folderIds: [...folders.map(({ id }) => id), ...below.flatMap(one => one.folderIds)],
    documentIds: [...documents.map(({ id }) => id), ...below.flatMap(one => one.documentIds)],
  }
}

function mistake(message: string): FieldError[] {
  return [{ field: 'deny', message }]
}

function savedWords({ folderIds, documentIds }: Denials, { name }: DeniedPerson): string {
  const denied = folderIds.length + documentIds.length
  if (denied === 0) return `Nothing is denied: ${name} may see every folder and document.`
  return `Access to ${count(denied, 'item')} is denied.`
}
