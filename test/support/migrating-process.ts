import { openDb } from '../../src/db/index.ts'
import { migrate } from '../../src/db/migrate.ts'

// Run as a process of its own: brings the database it is given up to date, and says how many steps that took.
const db = openDb(process.argv[2] ?? '')
const ran = await migrate(db)
await db.destroy()
process.send?.(ran.length)
process.disconnect?.()
