import type { Denials } from '../../core/documents/denials.ts'
import type { Tree } from '../../core/documents/tree.ts'
import type { Db } from '../../db/index.ts'
import { texts } from '../shared/forms.ts'
import { pickedWords, readPicked } from './documents-place.ts'
import { deniedWords, pickedOf, readDenied, shownTree, withTicks } from './folder-permissions.ts'
import type { TypedInvite } from './invite-form.ts'

/** The invitation so far with the ticks of the tree that was on the page, if one was. */
export function withShownTicks(typed: TypedInvite, body: unknown): TypedInvite {
  const shown = readPicked(texts(body, 'shown'))
  return { ...typed, denied: withTicks(typed.denied, shown, readDenied(body)) }
}

export function withNothingDenied(typed: TypedInvite): TypedInvite {
  return { ...typed, denied: { folderIds: [], documentIds: [] } }
}

/** The invitation so far as fields of another form. */
export function draftFields({ name, email, message, level, ticks, denied }: TypedInvite): [string, string][] {
  return [
    ['name', name],
    ['email', email],
    ['message', message],
    ['level', level],
    ['denied', pickedWords(denied)],
    ['ticks', ticks.join('.')],
  ]
}

/**
 * What the page with the tick boxes shows: all of a portal when that fits on a page, else one level of it, with the folders that
 * can be opened. A contact that has no portal yet has nothing to deny.
 */
export async function deniableTree(db: Db, portalId: number | null, folderId: number | null, denied: Denials) {
  const nothing: Tree = { folders: [], documents: [] }
  const found =
    portalId === null ? { tree: nothing, folder: null, total: 0, way: [] } : await shownTree(db, portalId, '', folderId)
  const isDenied = new Set(deniedWords(denied))
  const opened = found.tree.folders.filter(folder => 'opens' in folder).map(({ id, name }) => ({ id, name }))
  return {
    tree: { ...found.tree, folders: found.tree.folders.map(withoutAddress) },
    total: found.total,
    folder: found.folder,
    opened,
    denied: isDenied,
    covered: found.way.some(one => isDenied.has(`f${String(one.id)}`)),
    shown: pickedWords(pickedOf(found.tree)),
  }
}

/** What is opened here is opened with a button, so that nothing typed is lost. */
function withoutAddress({ id, name, folders, documents }: Tree['folders'][number]): Tree['folders'][number] {
  return { id, name, folders, documents }
}
