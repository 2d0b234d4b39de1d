import express, { type RequestHandler } from 'express'
import path from 'node:path'
import { ALL_CONTACTS } from '../../src/core/contacts/filter.ts'
import type { ContactRow } from '../../src/core/contacts/queries.ts'
import { projectRoot } from '../../src/root.ts'
import { datesIn, number } from '../../src/web/shared/words.ts'
import { BareSqlite } from './bare-sqlite.ts'

/** Serves the same rows twice over: in the table of the contacts list, and in a table without anything around it. */
export async function serveTables(given: { database: string; rows: ContactRow[]; port: number }): Promise<void> {
  const { database, rows, port } = given
  const db = new BareSqlite(database)
  const app = express()
  app.set('views', [path.join(projectRoot, 'views'), path.join(projectRoot, 'test', 'bench')])
  app.set('view engine', 'ejs')
  app.set('view cache', true)
  app.disable('etag')
  app.use(await oneSession(db))
  app.get('/same-table', (_req, res) => res.render('staff/contacts/table', tableLocals(rows)))
  app.get('/plain-table', (_req, res) => res.render('plain-table', { rows, dates: datesIn('UTC') }))
  await new Promise<void>((resolve, reject) => {
    app.listen(port, '127.0.0.1', error => (error ? reject(error) : resolve()))
  })
}

/** Reads the session of whoever is signed in, as every page has to. */
async function oneSession(db: BareSqlite): Promise<RequestHandler> {
  const [known] = await db.all<{ sid_hash: string }>("select sid_hash from sessions where realm = 'staff'")
  if (!known) throw new Error('Nobody is signed in')
  return async (_req, res, next) => {
    const [row] = await db.all<{ data: string }>(
      "select data from sessions where sid_hash = ? and realm = 'staff' and expires_at > ?",
      [known.sid_hash, Date.now()],
    )
    res.locals.session = JSON.parse(row?.data ?? 'null') as unknown
    next()
  }
}

function tableLocals(rows: ContactRow[]): Record<string, unknown> {
  return {
    rows,
    number,
    dates: datesIn('UTC'),
    asked: { filter: ALL_CONTACTS, sort: { by: 'name', descending: false } },
    nextSort: { name: '-name', company: 'company', email: 'email', 'last-sign-in': '-last-sign-in' },
    paging: { first: 1, last: rows.length, total: rows.length },
    sameName: new Set(),
    ticked: new Set(),
    errors: [],
  }
}
