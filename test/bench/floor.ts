import { answer } from './answering.ts'
import { exportContacts } from './floor-export.ts'
import { grantPortals } from './floor-grant.ts'
import { importContacts } from './floor-import.ts'
import { inviteContacts } from './floor-invite.ts'
import { serveTables } from './floor-list.ts'
import { exportUsers, importUsers } from './floor-workbook.ts'

/** The least that could be done: the same work with the bare driver and nothing of ours in the way. */
answer({ importContacts, grantPortals, inviteContacts, serveTables, exportContacts, importUsers, exportUsers })
