import { openDb } from '../../../src/db/index.ts'
import { addUse, fill } from './fill.ts'
import type { DatabaseServer, Engine } from './engine.ts'
import { migrate } from '../../../src/db/migrate.ts'

/** An office: one manager, three portals, and so many contacts, all of them with a login. */
export interface Office {
  contacts: number
  /** Whether the logins have portals, and some of their owners have been here. */
  inUse: boolean
}

/**
 * The databases of a run on one engine. Each office is made once, by the functions of the application; work is done on
 * copies.
 */
export class Offices {
  readonly #server: DatabaseServer
  readonly #made = new Map<string, Promise<string>>()
  #copies = 0

  constructor(server: DatabaseServer) {
    this.#server = server
  }

  get engine(): Engine {
    return this.#server.engine
  }

  /** The process of the database server, if it has one. */
  get serverPid(): number | null {
    return this.#server.pid
  }

  /** A copy to work on, as a URL; `drop` it when it is done with. */
  async copyOf(office: Office): Promise<string> {
    return this.copy(this.#server.urlOf(await this.#office(office)))
  }

  /** A copy of a database that nobody is connected to. */
  async copy(url: string): Promise<string> {
    const name = `copy${String((this.#copies += 1))}`
    await this.#server.copy(this.#nameOf(url), name)
    return this.#server.urlOf(name)
  }

  drop(url: string): Promise<void> {
    return this.#server.drop(this.#nameOf(url))
  }

  #office(office: Office): Promise<string> {
    const name = `office${String(office.contacts)}${office.inUse ? 'used' : ''}`
    const made = this.#made.get(name) ?? this.#make(name, office)
    this.#made.set(name, made)
    return made
  }

  async #make(name: string, { contacts, inUse }: Office): Promise<string> {
    if (inUse) await this.#server.copy(await this.#office({ contacts, inUse: false }), name)
    else await this.#server.create(name)
    const db = openDb(this.#server.urlOf(name))
    try {
      await migrate(db)
      await (inUse ? addUse(db) : fill(db, contacts))
    } finally {
      await db.destroy()
    }
    return name
  }

  #nameOf(url: string): string {
    return /([^/]+?)(\.sqlite3)?$/.exec(url)?.[1] ?? ''
  }
}
