import { jsonWords, listIn, type Json } from '../../db/asked.ts'
import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { normalized } from '../names.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { portalById, type AnyPortal } from './contact-portals.ts'

export const PORTAL_NAME_LENGTH = 80

/** A shared portal: a named place that many contacts may be given access to. */
export interface Portal {
  id: number
  name: string
  slug: string
  enabled: boolean
}

/** The shared portals in order of their names, those switched off included. */
export async function sharedPortals(db: Db): Promise<Portal[]> {
  const rows = await sharedPortalRows(db).orderBy([{ column: 'name_normalized' }, { column: 'id' }])
  return rows.map(portalFrom)
}

/** They as a column of a statement in text, for `sharedPortalsIn`. */
export function sharedPortalsColumn(db: Db): string {
  const { list, all } = jsonWords(db)
  return `(select ${all}(${list}(id, name, slug, enabled)) from (select id, name, slug, enabled from portals
    where kind = 'shared' and removed_at is null order by name_normalized, id) as shared)`
}

export function sharedPortalsIn(column: Json<SharedPortal[]>): Portal[] {
  return listIn(column).map(([id, name, slug, enabled]) => portalFrom({ id, name, slug, enabled }))
}

export type SharedPortal = [id: number, name: string, slug: string, enabled: boolean | number]

export async function sharedPortal(db: Db, id: number): Promise<Portal | null> {
  const [row] = await sharedPortalRows(db).where({ id })
  return row ? portalFrom(row) : null
}

/** How many people have access to each portal, by portal id. */
export async function accessCounts(db: Db): Promise<Map<number, number>> {
  const rows = await db('portal_access')
    .whereNull('revoked_at')
    .groupBy('portal_id')
    .select<{ portal_id: number; people: number }[]>('portal_id', db.raw('count(*) as people'))
  return new Map(rows.map(row => [row.portal_id, row.people]))
}

/**
 * Refused when another shared portal has this name: capitals and accents make no difference. A semicolon cannot be part
 * of it.
 */
export async function addPortal(
  db: Db,
  actor: Actor,
  name: string,
  now: number,
): Promise<Result<number, 'name-taken' | 'semicolon'>> {
  if (name.includes(';')) return refused('semicolon')
  return unlessTaken('name-taken', () =>
    db.transaction(async trx => {
      const [row] = await trx('portals')
        .insert({
          kind: 'shared',
          name,
          name_normalized: normalized(name),
          slug: await freeSlug(trx, name),
          enabled: true,
          created_at: now,
          updated_at: now,
        })
        .returning<{ id: number }[]>('id')
      const id = row?.id ?? 0
      await record(trx, actor, 'portal.added', { type: 'portal', id }, { name }, now)
      return ok(id)
    }),
  )
}

/** Refused as `addPortal`; 'not-found' when there is no such shared portal. Its address stays. */
export async function renamePortal(
  db: Db,
  actor: Actor,
  id: number,
  name: string,
  now: number,
): Promise<Result<number, 'name-taken' | 'semicolon' | 'not-found'>> {
  if (name.includes(';')) return refused('semicolon')
  return unlessTaken<number, 'not-found', 'name-taken'>('name-taken', () =>
    db.transaction(async trx => {
      await lockPortal(trx, id)
      const before = await sharedPortal(trx, id)
      if (!before) return refused('not-found')
      if (before.name === name) return ok(id)
      await trx('portals')
        .where({ id })
        .update({ name, name_normalized: normalized(name), updated_at: now })
      await record(trx, actor, 'portal.renamed', { type: 'portal', id }, { from: before.name, to: name }, now)
      return ok(id)
    }),
  )
}

/**
 * Switches a portal on or off, shared or of a contact. Access stays as it is; while it is off nobody can open it. Doing
 * it twice changes nothing.
 */
export async function switchPortal(
  db: Db,
  actor: Actor,
  id: number,
  enabled: boolean,
  now: number,
): Promise<Result<AnyPortal, 'not-found'>> {
  return db.transaction(async trx => {
    await lockPortal(trx, id)
    const portal = await portalById(trx, id)
    if (!portal) return refused('not-found')
    if (portal.enabled === enabled) return ok(portal)
    await trx('portals').where({ id }).update({ enabled, updated_at: now })
    await record(
      trx,
      actor,
      enabled ? 'portal.enabled' : 'portal.disabled',
      { type: 'portal', id },
      { name: portal.name },
      now,
    )
    return ok({ ...portal, enabled })
  })
}

/** On PostgreSQL the next one who changes this portal waits here; on SQLite all changes wait for each other anyway. */
async function lockPortal(trx: Db, id: number): Promise<void> {
  await trx('portals').where({ id }).forUpdate().first('id')
}

interface PortalRow {
  id: number
  name: string
  slug: string
  enabled: boolean | number
}

function sharedPortalRows(db: Db) {
  return db('portals')
    .where({ kind: 'shared' })
    .whereNull('removed_at')
    .select<PortalRow[]>('id', 'name', 'slug', 'enabled')
}

function portalFrom(row: PortalRow): Portal {
  return { ...row, enabled: Boolean(row.enabled) }
}

async function freeSlug(trx: Db, name: string): Promise<string> {
  const plain =
    normalized(name)
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '')
      .slice(0, 60) || 'portal'
  const like = await trx('portals').where('slug', 'like', `${plain}%`).select<{ slug: string }[]>('slug')
  const taken = new Set(like.map(row => row.slug))
  let slug = plain
  for (let n = 2; taken.has(slug); n += 1) slug = `${plain}-${String(n)}`
  return slug
}
