import type { Request } from 'express'
import { anyImport, importFor, type Import } from '../../core/imports/records.ts'
import type { Db } from '../../db/index.ts'
import { notFound, PageError } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'
import { staffOf } from './guard.ts'

/** The way of a file, told on every page of it. */
export const STEPS = ['Choose a file', 'Match columns', 'Check', 'Import']

const NOT_YOURS = new PageError(
  403,
  'You may not do this',
  'Somebody else started this import. They or an administrator can go on with it.',
)

/** The import of this address, for a page that shows it: what is not yours is not there. */
export async function shownImport(db: Db, req: Request, kind: Import['kind'] = 'contacts'): Promise<Import> {
  const found = await importOfEitherKind(db, req)
  if (found.kind !== kind) throw notFound()
  return found
}

/** As `shownImport`, of contacts or of portal users. */
export async function importOfEitherKind(db: Db, req: Request): Promise<Import> {
  const found = await importFor(db, staffOf(req), readId(req.params.id) ?? 0)
  if (!found) throw notFound()
  return found
}

/** The import of this address, for a form that changes it. */
export async function changedImport(db: Db, req: Request, kind: Import['kind'] = 'contacts'): Promise<Import> {
  const found = await importFor(db, staffOf(req), readId(req.params.id) ?? 0)
  if (found?.kind === kind) return found
  const any = await anyImport(db, readId(req.params.id) ?? 0)
  throw any?.kind === kind ? NOT_YOURS : notFound()
}

export function pathOf({ id, kind }: Pick<Import, 'id' | 'kind'>): string {
  return `/staff/${kind === 'contacts' ? 'imports' : 'portal-users/imports'}/${String(id)}`
}
