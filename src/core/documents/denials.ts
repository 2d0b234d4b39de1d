import { insertFrom, insertMany, listed } from '../../db/bulk.ts'
import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { ok, refused, type Result } from '../result.ts'
import { deniedPerson, lockHolder } from './denied-people.ts'
import { denialsFor, type Holder } from './visible.ts'

/** The folders and documents denied to somebody. A denied folder covers all that is below it, now and later. */
export interface Denials {
  folderIds: number[]
  documentIds: number[]
}

/** What is denied to a holder itself, not what is below it; deleted documents are left out. */
export async function denialsOf(db: Db, holder: Holder): Promise<Denials> {
  const rows = await db('access_denials')
    .leftJoin('documents', 'documents.id', 'access_denials.document_id')
    .where(denialsFor(holder))
    .whereNull('documents.deleted_at')
    .orderBy('access_denials.id')
    .select<DenialRow[]>('access_denials.folder_id', 'access_denials.document_id')
  return denialsIn(rows)
}

/**
 * Makes exactly this denied to a holder. Refused as 'not-found' when the holder is no more, and as 'foreign' when a
 * folder or document is not in their portal (any more); nothing is changed then. Safe to do twice.
 */
export async function setDenials(
  trx: Db,
  holder: Holder,
  wanted: Denials,
  actor: Actor,
  now: number,
): Promise<Result<null, 'not-found' | 'foreign'>> {
  await lockHolder(trx, holder)
  const person = await deniedPerson(trx, holder)
  if (!person) return refused('not-found')
  if (!(await areIn(trx, person.portalId, wanted))) return refused('foreign')
  const before = await denialsOf(trx, holder)
  const ended = minus(before, wanted)
  const begun = minus(wanted, before)
  await trx('access_denials')
    .where(denialsFor(holder))
    .where(
      which =>
        void which
          .whereIn('folder_id', listed(trx, ended.folderIds))
          .orWhereIn('document_id', listed(trx, ended.documentIds)),
    )
    .delete()
  await insertDenials(trx, rowsOf(holder, begun, actor, now))
  const changed = ended.folderIds.length + ended.documentIds.length + begun.folderIds.length + begun.documentIds.length
  const data = { ...denialsFor(holder), name: person.name, denied: begun, allowed: ended }
  if (changed > 0)
    await record(trx, actor, 'folder-permissions.set', { type: 'portal', id: person.portalId }, data, now)
  return ok(null)
}

/** `setDenials` in a transaction of its own; `wanted` may be worked out from what is denied at that moment. */
export function saveDenials(
  db: Db,
  holder: Holder,
  wanted: Denials | ((before: Denials) => Denials),
  actor: Actor,
  now: number,
): Promise<Result<null, 'not-found' | 'foreign'>> {
  return db.transaction(async trx => {
    await lockHolder(trx, holder)
    const all = typeof wanted === 'function' ? wanted(await denialsOf(trx, holder)) : wanted
    return setDenials(trx, holder, all, actor, now)
  })
}

/**
 * Gives what is denied to each `from` to its `to` as well, in a few statements however many pairs there are: when
 * invitations are accepted, and when somebody invites others, who may never see more. Safe to do twice. The caller audits.
 */
export async function copyDenials(trx: Db, pairs: { from: Holder; to: Holder }[], now: number): Promise<void> {
  const holders = pairs.flatMap(({ from, to }) => [from, to])
  const known = await trx('access_denials')
    .where(
      which =>
        void which
          .whereIn(
            'portal_access_id',
            listed(
              trx,
              holders.flatMap(one => ('accessId' in one ? [one.accessId] : [])),
            ),
          )
          .orWhereIn(
            'invitation_id',
            listed(
              trx,
              holders.flatMap(one => ('invitationId' in one ? [one.invitationId] : [])),
            ),
          ),
    )
    .orderBy('id')
    .select<FullRow[]>(...COLUMNS)
  const there = new Set(known.map(keyOf))
  const folders = await keptFolders(trx, known)
  const rowsOfHolder = new Map<string, FullRow[]>()
  for (const row of known.filter(one => one.folder_id === null || folders.has(one.folder_id)))
    rowsOfHolder.set(holderOf(row), [...(rowsOfHolder.get(holderOf(row)) ?? []), row])
  const rows = pairs.flatMap(({ from, to }) =>
    (rowsOfHolder.get(wordsOf(from)) ?? [])
      .map(row => ({ ...row, portal_access_id: null, invitation_id: null, ...denialsFor(to), created_at: now }))
      .filter(row => !there.has(keyOf(row)) && Boolean(there.add(keyOf(row)))),
  )
  await insertDenials(trx, rows)
}

/**
 * Denies again what a bulk change took away with the access: to those whose access was given back at this moment. The
 * caller audits.
 */
export async function giveDenialsBack(trx: Db, batchId: number, now: number): Promise<void> {
  const rows = trx('access_denials as old')
    .join('portal_access as taken', 'taken.id', 'old.portal_access_id')
    .join('portal_access as given', join =>
      join.on('given.portal_user_id', 'taken.portal_user_id').andOn('given.portal_id', 'taken.portal_id'),
    )
    .where({ 'taken.revoked_by_batch_id': batchId, 'given.granted_at': now })
    .whereNull('given.revoked_at')
    .select(
      'given.id',
      ...['folder_id', 'document_id', 'created_by_staff_id', 'created_by_portal_user_id'].map(name => `old.${name}`),
      trx.raw('cast(? as bigint)', [now]),
    )
  const columns = ['portal_access_id', ...COLUMNS.slice(2), 'created_at']
  await insertFrom(trx, 'access_denials', columns, rows)
}

interface DenialRow {
  folder_id: number | null
  document_id: number | null
}

interface FullRow extends DenialRow {
  portal_access_id: number | null
  invitation_id: number | null
  created_by_staff_id: number | null
  created_by_portal_user_id: number | null
}

const COLUMNS = [
  'portal_access_id',
  'invitation_id',
  'folder_id',
  'document_id',
  'created_by_staff_id',
  'created_by_portal_user_id',
] as const

function insertDenials(trx: Db, rows: (FullRow & { created_at: number })[]): Promise<void> {
  return insertMany(
    trx,
    'access_denials',
    [...COLUMNS, 'created_at'],
    rows.map(row => ({ ...row })),
  )
}

function rowsOf(holder: Holder, { folderIds, documentIds }: Denials, actor: Actor, now: number) {
  const whose = { portal_access_id: null, invitation_id: null, ...denialsFor(holder) }
  const by = {
    created_by_staff_id: actor.kind === 'staff' ? actor.id : null,
    created_by_portal_user_id: actor.kind === 'portal_user' ? actor.id : null,
    created_at: now,
  }
  return [
    ...folderIds.map(id => ({ ...whose, folder_id: id, document_id: null, ...by })),
    ...documentIds.map(id => ({ ...whose, folder_id: null, document_id: id, ...by })),
  ]
}

/** Those of the folders that are not being deleted; they stay until this transaction ends. */
async function keptFolders(trx: Db, rows: DenialRow[]): Promise<Set<number>> {
  const ids = rows.flatMap(row => (row.folder_id === null ? [] : [row.folder_id]))
  if (ids.length === 0) return new Set()
  return new Set(
    await trx('folders')
      .whereIn('id', listed(trx, [...new Set(ids)]))
      .forKeyShare()
      .pluck<number[]>('id'),
  )
}

/** What is there stays there until this transaction ends; what is being deleted is waited for, and then not there. */
async function areIn(trx: Db, portalId: number, { folderIds, documentIds }: Denials): Promise<boolean> {
  const folders = await trx('folders')
    .where({ portal_id: portalId })
    .whereIn('id', listed(trx, folderIds))
    .forKeyShare()
    .pluck<number[]>('id')
  const documents = await trx('documents')
    .where({ portal_id: portalId, deleted_at: null })
    .whereIn('id', listed(trx, documentIds))
    .pluck<number[]>('id')
  return folders.length === new Set(folderIds).size && documents.length === new Set(documentIds).size
}

function denialsIn(rows: DenialRow[]): Denials {
  return {
    folderIds: rows.flatMap(row => (row.folder_id === null ? [] : [row.folder_id])),
    documentIds: rows.flatMap(row => (row.document_id === null ? [] : [row.document_id])),
  }
}

function minus(some: Denials, others: Denials): Denials {
  return {
    folderIds: [...new Set(some.folderIds)].filter(id => !others.folderIds.includes(id)),
    documentIds: [...new Set(some.documentIds)].filter(id => !others.documentIds.includes(id)),
  }
}

function wordsOf(holder: Holder): string {
  return 'accessId' in holder ? `access ${String(holder.accessId)}` : `invitation ${String(holder.invitationId)}`
}

function holderOf(row: FullRow): string {
  return row.portal_access_id === null
    ? `invitation ${String(row.invitation_id)}`
    : `access ${String(row.portal_access_id)}`
}

function keyOf(row: FullRow): string {
  return [row.portal_access_id, row.invitation_id, row.folder_id, row.document_id].join(' ')
}
