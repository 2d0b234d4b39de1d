import { answer } from '../processes/answering.ts'
import { grantPortals } from './grant.ts'
import { importBeside, importContacts } from './import.ts'
import { inviteContacts } from './invite.ts'
import { sendMails } from './send.ts'
import { addDocuments, serveOffice, stopServing } from './serve.ts'
import { exportUsers, importUsers } from './users.ts'

/** Portico at work: over HTTP once it serves an office, and otherwise through the functions that its pages call. */
answer({
  importContacts,
  importBeside,
  grantPortals,
  importUsers,
  exportUsers,
  inviteContacts,
  sendMails,
  serveOffice,
  addDocuments,
  stopServing,
})
