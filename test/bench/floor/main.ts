import { answer } from '../processes/answering.ts'
import { exportContacts, exportContactsBook } from './export.ts'
import { grantPortals } from './grant.ts'
import { importContacts } from './import.ts'
import { inviteContacts } from './invite.ts'
import { hashPasswords, verifyPassword } from './passwords.ts'
import { serveTables, stopServing } from './serve.ts'
import { sendLetters } from './send.ts'
import { exportUsers, importUsers } from './users.ts'

/** The least that could be done: the same work with the bare driver and nothing of ours in the way. */
answer({
  importContacts,
  hashPasswords,
  grantPortals,
  exportContacts,
  exportContactsBook,
  importUsers,
  exportUsers,
  inviteContacts,
  sendLetters,
  serveTables,
  stopServing,
  verifyPassword,
})
