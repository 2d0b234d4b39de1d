import type { Server } from 'node:http'
import express, { type RequestHandler } from 'express'
import { openBare, type Bare } from '../offices/bare.ts'

/** What the list shows of a contact. */
export interface ListedContact {
  id: number
  name: string
  company: string | null
  email: string
  username: string
  portals: string[]
  lastSignIn: string | null
}

/** What the pages of the floor show, and to whom. */
export interface Tables {
  database: string
  port: number
  realm: 'staff' | 'portal'
  /** For the table of the contacts list. */
  contacts: ListedContact[]
  /** For tables without anything around them. */
  cells: string[][]
}

let serving: { server: Server; db: Bare } | null = null

/** Serves ready rows: those of the contacts list in a table like its own, and others in the plainest one. */
export async function serveTables({ database, port, realm, contacts, cells }: Tables): Promise<void> {
  const db = await openBare(database)
  const app = express()
  app.set('views', import.meta.dirname)
  app.set('view engine', 'ejs')
  app.set('view cache', true)
  app.disable('etag')
  app.use(await oneSession(db, realm))
  app.get('/contacts-table', (_req, res) => res.render('contacts-table', { rows: contacts }))
  app.get('/plain-table', (req, res) => {
    res.render('plain-table', { cells: cells.slice(0, Number(req.query.rows ?? cells.length)) })
  })
  serving = await new Promise((resolve, reject) => {
    const server = app.listen(port, '127.0.0.1', error => (error ? reject(error) : resolve({ server, db })))
  })
}

export async function stopServing(): Promise<void> {
  serving?.server.closeAllConnections()
  serving?.server.close()
  await serving?.db.close()
  serving = null
}

/** Reads the session of whoever is signed in, as every page has to. */
async function oneSession(db: Bare, realm: string): Promise<RequestHandler> {
  const [known] = await db.all<{ sid_hash: string }>('select sid_hash from sessions where realm = ?', [realm])
  if (!known) throw new Error('Nobody is signed in')
  return async (_req, res, next) => {
    const [row] = await db.all<{ data: string }>(
      'select data from sessions where sid_hash = ? and realm = ? and expires_at > ?',
      [known.sid_hash, realm, Date.now()],
    )
    res.locals.session = JSON.parse(row?.data ?? 'null') as unknown
    next()
  }
}
