import path from 'node:path'
import { readConfig } from '../src/config.ts'
import { hasStaff } from '../src/core/team/accounts.ts'
import { projectRoot } from '../src/root.ts'
import { serve } from '../src/serve.ts'
import { start, stopOnSignal } from '../src/start.ts'
import { loadSmallOfficePortals } from './small-office-portals.ts'
import { loadSmallOffice, smallOfficeSignIns } from './small-office.ts'

/*
 * Portico with the world *small office*, in a data folder of its own, mail kept in the local outbox. What is changed
 * stays until the folder demo-data is deleted.
 */
const started = await start(
  readConfig({
    LOG_LEVEL: 'warn',
    OFFICE_NAME: 'Harbour & Finch',
    TIME_ZONE: 'Europe/London',
    DATA_DIR: path.join(projectRoot, 'demo-data'),
    ...(process.env.PORT ? { PORT: process.env.PORT } : {}),
  }),
)
if (!(await hasStaff(started.db))) {
  await loadSmallOffice(started.db, started.passwords, started.now())
  await loadSmallOfficePortals(started.db, started.config, started.now())
}
const serving = await serve(started)
stopOnSignal(started.log, () => serving.stop())

console.log(`\nPortico with the small office is at ${started.config.baseUrl}\n`)
for (const { face, who, address, name, password } of smallOfficeSignIns()) {
  console.log(
    `${face.padEnd(7)}${started.config.baseUrl}${address.padEnd(9)}${name.padEnd(42)}${password.padEnd(26)}(${who})`,
  )
}
console.log('\nMail is not sent: read it under Settings, Email, Outbox as the admin. Stop with Ctrl+C.\n')
