/** What the driver says of a statement that changed something. */
interface Change {
  lastID: number
  changes: number
}

type Done = (this: Change, error: Error | null, rows?: unknown[]) => void

interface Statement {
  all(values: readonly unknown[], done: Done): void
  run(values: readonly unknown[], done: Done): void
  finalize(): void
}

export interface Connection {
  /** The statements that nobody uses now, by their text; those used last are the last. */
  idle?: Map<string, Statement>
  prepare(sql: string, done: (error: Error | null) => void): Statement
}

/** A query as knex hands it to a driver, and the answer that it wants to find there. */
export interface Query {
  sql: string
  bindings?: readonly unknown[]
  method?: string
  returning?: unknown
  response?: unknown
  context?: Change
}

const KEPT_STATEMENTS = 100
/** Pragmas may do their work when they are prepared; savepoints have a name of their own each. */
const WORTH_KEEPING = /^\s*(select|with|insert|update|delete|begin|commit)\b/i
/** A statement keeps what was bound to it last, which in bulk work is a lot. */
const LONGEST_KEPT = 4000

/**
 * Runs a query with a statement that was prepared before, if there is one that nobody uses; preparing takes longer than most
 * queries do. SQLite itself prepares anew what a change of the schema made worthless.
 */
export function runPrepared(connection: Connection, query: Query): Promise<Query> {
  const idle = (connection.idle ??= new Map<string, Statement>())
  const { sql, bindings = [] } = query
  return new Promise((resolve, reject) => {
    const isKept = isWorthKeeping(query)
    const known = isKept ? idle.get(sql) : undefined
    if (known) idle.delete(sql)
    const statement = known ?? connection.prepare(sql, error => error && reject(error))
    statement[isRun(query) ? 'run' : 'all'](bindings, function (error, rows) {
      if (error || !isKept) statement.finalize()
      else keep(idle, sql, statement)
      if (error) return reject(error)
      query.response = rows
      query.context = { lastID: this.lastID, changes: this.changes }
      resolve(query)
    })
  })
}

/** A connection with statements that are not done with cannot be closed. */
export function forgetStatements({ idle }: Connection): void {
  for (const statement of idle?.values() ?? []) statement.finalize()
  idle?.clear()
}

/** Nor one that is given no values for its places: it would have those of whoever asked before. */
function isWorthKeeping(query: Query): boolean {
  const { sql, bindings = [] } = query
  if (!WORTH_KEEPING.test(sql) || sql.length > LONGEST_KEPT || bindings.some(isLong)) return false
  if (bindings.length === 0 && sql.includes('?')) return false
  return !isRun(query) || !/\breturning\b/i.test(sql) // run stops at its first row, and holds the lock
}

/** Whether nothing is wanted but how much was changed. */
function isRun({ method = '', returning }: Query): boolean {
  return /^(counter|del)$/.test(method) || (/^(insert|update)$/.test(method) && !returning)
}

function isLong(value: unknown): boolean {
  return (typeof value === 'string' || Buffer.isBuffer(value)) && value.length > LONGEST_KEPT
}

function keep(idle: Map<string, Statement>, sql: string, statement: Statement): void {
  idle.get(sql)?.finalize()
  idle.set(sql, statement)
  const [oldest] = idle
  if (idle.size <= KEPT_STATEMENTS || !oldest) return
  oldest[1].finalize()
  idle.delete(oldest[0])
}
