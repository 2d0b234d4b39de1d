import type { Knex } from 'knex'
import type { Db } from '../../db/index.ts'
import type { Actor } from '../actors.ts'
import { record } from '../audit/record.ts'
import { containing, normalized } from '../names.ts'
import { ok, refused, unlessTaken, type Result } from '../result.ts'
import { addCompanies, type CompanyFields } from './records.ts'

export interface Company extends CompanyFields {
  id: number
  archivedAt: number | null
  /** Tells whether somebody has changed it since. */
  updatedAt: number
}

export interface CompanyRow extends Company {
  contacts: number
}

export interface CompanyFilter {
  /** Looked for in name, email, phone and reference. */
  text: string
  archived: boolean
}

export async function countCompanies(db: Db, filter: CompanyFilter): Promise<number> {
  const [row] = await matching(db, filter).count<{ total: number }[]>({ total: '*' })
  return row?.total ?? 0
}

/** One page of the companies that match, by name. `page` counts from 1. */
export async function companiesPage(
  db: Db,
  filter: CompanyFilter,
  descending: boolean,
  page: number,
  perPage: number,
): Promise<CompanyRow[]> {
  const order = descending ? 'desc' : 'asc'
  const contacts = db('contacts')
    .whereRaw('contacts.company_id = companies.id')
    .whereNull('contacts.archived_at')
    .count({ total: '*' })
  return matching(db, filter)
    .orderBy([
      { column: 'name_normalized', order },
      { column: 'id', order },
    ])
    .limit(perPage)
    .offset((page - 1) * perPage)
    .select<CompanyRow[]>(...COLUMNS, contacts.as('contacts'))
}

export async function company(db: Db, id: number): Promise<Company | null> {
  const row = await db('companies')
    .where({ id })
    .first<Company | undefined>(...COLUMNS)
  return row ?? null
}

/** The companies of exactly this name, capitals and accents apart, that are not archived. */
export async function companiesCalled(db: Db, name: string): Promise<Company[]> {
  return db('companies')
    .where({ name_normalized: normalized(name) })
    .whereNull('archived_at')
    .orderBy('id')
    .select<Company[]>(...COLUMNS)
}

/** Adds one company. Refused when another company has this reference; the same name twice is allowed. */
export function addCompany(
  db: Db,
  actor: Actor,
  fields: CompanyFields,
  now: number,
): Promise<Result<number, 'reference-taken'>> {
  return unlessTaken('reference-taken', () =>
    db.transaction(async trx => {
      const [id = 0] = await addCompanies(trx, [fields], now)
      await record(trx, actor, 'company.added', { type: 'company', id }, { name: fields.name }, now)
      return ok(id)
    }),
  )
}

/**
 * Changes a company as it was when the form was opened (`seen`, its `updatedAt`). Refused with 'changed-meanwhile' when
 * somebody else has changed it since. Saving what is there already changes nothing.
 */
export function changeCompany(
  db: Db,
  actor: Actor,
  { id, seen }: { id: number; seen: number },
  fields: CompanyFields,
  now: number,
): Promise<Result<number, 'not-found' | 'changed-meanwhile' | 'reference-taken'>> {
  return unlessTaken('reference-taken', () =>
    db.transaction(async trx => {
      await lockCompany(trx, id)
      const before = await company(trx, id)
      if (!before) return refused('not-found')
      if (before.updatedAt !== seen) return refused('changed-meanwhile')
      const changed = (Object.keys(fields) as (keyof CompanyFields)[]).filter(name => before[name] !== fields[name])
      if (changed.length === 0) return ok(id)
      await trx('companies')
        .where({ id })
        .update({ ...fields, name_normalized: normalized(fields.name), updated_at: now })
      await record(trx, actor, 'company.changed', { type: 'company', id }, { fields: changed }, now)
      return ok(id)
    }),
  )
}

/** Takes a company out of the lists, or puts it back. Its contacts stay. Safe to do twice. */
export function archiveCompany(
  db: Db,
  actor: Actor,
  id: number,
  archived: boolean,
  now: number,
): Promise<Result<Company, 'not-found'>> {
  return db.transaction(async trx => {
    await lockCompany(trx, id)
    const before = await company(trx, id)
    if (!before) return refused('not-found')
    if ((before.archivedAt !== null) === archived) return ok(before)
    await trx('companies')
      .where({ id })
      .update({ archived_at: archived ? now : null, updated_at: now })
    await record(
      trx,
      actor,
      archived ? 'company.archived' : 'company.restored',
      { type: 'company', id },
      { name: before.name },
      now,
    )
    return ok(before)
  })
}

async function lockCompany(trx: Db, id: number): Promise<void> {
  await trx('companies').where({ id }).forUpdate().first('id')
}

const COLUMNS = ['id', 'name', 'email', 'phone', 'reference', 'archived_at as archivedAt', 'updated_at as updatedAt']

function matching(db: Db, filter: CompanyFilter): Knex.QueryBuilder {
  const query = db('companies')
  void (filter.archived ? query.whereNotNull('archived_at') : query.whereNull('archived_at'))
  if (!normalized(filter.text)) return query
  const pattern = containing(filter.text)
  return query.where(
    any =>
      void any
        .whereRaw(String.raw`name_normalized like ? escape '\'`, [pattern])
        .orWhereRaw(String.raw`lower(email) like ? escape '\'`, [pattern])
        .orWhereRaw(String.raw`lower(reference) like ? escape '\'`, [pattern])
        .orWhereRaw(String.raw`phone like ? escape '\'`, [pattern]),
  )
}
