import { onFailpoint } from '../../src/failpoints.ts'
import { MigrationFiles } from '../../src/db/migrate.ts'

// The server as it is run, but that it dies at a place that is named to it: FAILPOINT is name:nth, or name:nth:ms to stop
// there until it is woken, so many milliseconds later by its clock, or name:nth:fails for a promise that nobody waits for.
const [name, nth, away] = (process.env.FAILPOINT ?? '').split(':')
let left = Number(nth ?? 1)
let ahead = 0
const clock = Date.now.bind(Date)
Date.now = () => clock() + ahead // before the server takes it for its clock

onFailpoint(dieAt)
const steps = MigrationFiles.prototype.getMigration.bind(new MigrationFiles())
MigrationFiles.prototype.getMigration = async file => {
  const { up, ...rest } = await steps(file)
  return {
    ...rest,
    async up(db) {
      dieAt('migration.begun')
      await up(db)
      dieAt('migration.done')
    },
  }
}
await import('../../src/server.ts')

function dieAt(reached: string): void {
  if (reached !== name) return
  left -= 1
  if (left !== 0) return
  if (away === 'fails') return void Promise.reject(new Error('nobody waits for this'))
  process.kill(process.pid, away === undefined ? 'SIGKILL' : 'SIGSTOP')
  ahead = Number(away)
}
