import type { Job } from '../bench.ts'
import { beside } from './beside.ts'
import { bookExport, csvExport } from './export.ts'
import { grant } from './grant.ts'
import { bookImport, csvImport, passwordImport } from './import.ts'
import { invite } from './invite.ts'
import { list } from './list.ts'
import { portal } from './portal.ts'
import { send } from './send.ts'
import { several } from './several.ts'
import { start } from './start.ts'
import { userExport, userImport } from './users.ts'

/** All that is measured, in the order of the goals B1 to B11. */
export const JOBS: Job[] = [
  csvImport,
  passwordImport,
  list,
  grant,
  csvExport,
  bookImport,
  bookExport,
  userImport,
  userExport,
  invite,
  send,
  portal,
  beside,
  start,
  several,
]
