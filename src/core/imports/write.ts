import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { giveAccess, takeAccess } from '../access/records.ts'
import { addCompanies } from '../companies/records.ts'
import { addContacts, changeContacts, type ContactFields } from '../contacts/records.ts'
import { emailKey } from '../email-address.ts'
import { signInDetailsMessage } from '../mail/messages.ts'
import { putInOutbox, type NewEmail } from '../mail/outbox.ts'
import { cancelSignInDetails } from '../mail/sign-in-details.ts'
import { normalized } from '../names.ts'
import { revokeLinksOf } from '../portal-users/links.ts'
import { forgetOldAddresses } from '../portal-users/old-address.ts'
import {
  addPortalUsers,
  renamePortalUsers,
  setTemporaryPasswords,
  TEMPORARY_PASSWORD_MS,
} from '../portal-users/records.ts'
import { followContactNames } from '../portals/contact-portals.ts'
import type { MailText } from '../settings/mail-texts.ts'
import type { Office } from '../settings/office.ts'
import type { ImportCounts } from './counts.ts'
import type { Known } from './known.ts'
import type { LoginPlan } from './login-changes.ts'
import type { PlannedRow } from './plan.ts'
import type { Import } from './records.ts'

export interface WriteContext {
  config: Config
  office: Office
  /** What the office adds to the mail with sign-in details. */
  words: MailText
  known: Known
  import: Import
  /** The hash of every temporary password in the rows. */
  hashes: Map<string, string>
}

/** A planned row with the ids of what it is about, once they exist. */
interface Written {
  planned: PlannedRow
  login: LoginPlan
  contactId: number
  loginId: number | null
}

/** What was done: the ids of the contacts that were added, and who got a password that could not be mailed to them. */
export interface Outcome {
  counts: ImportCounts
  added: Map<PlannedRow, number>
  withoutEmail: string[]
}

/** Does what was planned, each kind of change for all rows at once, and counts what was done. */
export async function writeRows(trx: Db, planned: PlannedRow[], context: WriteContext, now: number): Promise<Outcome> {
  const good = planned.filter(row => row.action !== 'error')
  const companies = await writeCompanies(trx, good, now)
  const created = await writeNewContacts(trx, good, companies, now)
  const changed = changedContacts(good, companies)
  await changeContacts(trx, changed, now)
  await followContactNames(trx, changed)
  const rows = good.flatMap((row): Written[] => {
    const contactId = row.contact?.id ?? created.get(row)
    if (contactId === undefined || !row.login) return []
    return [{ planned: row, login: row.login, contactId, loginId: context.known.logins.get(contactId)?.id ?? null }]
  })
  await writeLogins(trx, rows, context, now)
  const access = await writeAccess(trx, rows, context.import, now)
  const mailed = context.import.options.email
  if (mailed) await putInOutbox(trx, context, emailsFor(rows, context, now), now)
  const counts = {
    created: created.size,
    updated: good.filter(row => row.action === 'update').length,
    unchanged: good.filter(row => row.action === 'unchanged').length,
    failed: planned.length - good.length,
    access,
    passwords: rows.filter(row => row.login.temporaryPassword !== null).length,
    companies: companies.size,
  }
  return { counts, added: created, withoutEmail: mailed ? withoutEmail(rows, context.known) : [] }
}

function withoutEmail(rows: Written[], known: Known): string[] {
  return rows
    .filter(row => row.login.temporaryPassword !== null && !namesOf(row, known)?.email)
    .map(({ planned }) => planned.label)
}

/** The names of the login as they are after the change. */
function namesOf({ login, contactId }: Written, known: Known) {
  return login.names ?? known.logins.get(contactId)
}

async function writeCompanies(trx: Db, rows: PlannedRow[], now: number): Promise<Map<string, number>> {
  const names = new Map(
    rows.flatMap(({ newCompany }) => (newCompany === null ? [] : [[normalized(newCompany), newCompany] as const])),
  )
  const companies = [...names.values()].map(name => ({ name, email: null, phone: null, reference: null }))
  const ids = companies.length > 0 ? await addCompanies(trx, companies, now) : []
  return new Map([...names.keys()].map((key, index) => [key, ids[index] ?? 0]))
}

async function writeNewContacts(
  trx: Db,
  rows: PlannedRow[],
  companies: Map<string, number>,
  now: number,
): Promise<Map<PlannedRow, number>> {
  const adding = rows.filter(row => row.action === 'create')
  const ids = await addContacts(
    trx,
    adding.map(row => fieldsOf(row, companies)),
    now,
  )
  return new Map(adding.map((row, index) => [row, ids[index] ?? 0]))
}

function changedContacts(rows: PlannedRow[], companies: Map<string, number>) {
  return rows.flatMap(row => {
    if (!row.contact || !row.fields) return []
    return [{ ...fieldsOf(row, companies), id: row.contact.id, version: row.contact.version }]
  })
}

function fieldsOf({ fields, newCompany }: PlannedRow, companies: Map<string, number>): ContactFields {
  if (!fields) throw new Error('A row that adds or changes a contact has its fields')
  return newCompany === null ? fields : { ...fields, companyId: companies.get(normalized(newCompany)) ?? null }
}

async function writeLogins(trx: Db, rows: Written[], { hashes, known }: WriteContext, now: number): Promise<void> {
  const renamed = rows.flatMap(({ login }) => (login.names?.id ? [{ ...login.names, id: login.names.id }] : []))
  await renamePortalUsers(trx, renamed, now)
  await forgetOldAddresses(trx, movedLogins(rows, known), now)
  const adding = rows.filter(({ login }) => login.names !== null && login.names.id === null)
  const ids = await addPortalUsers(
    trx,
    adding.map(row => newLogin(row, hashes)),
    now,
  )
  const changed = rows.filter(row => row.loginId !== null && row.login.temporaryPassword !== null)
  const passwords = changed.map(({ loginId, login }) => ({ id: loginId ?? 0, hash: hashOf(login, hashes) }))
  await setTemporaryPasswords(trx, passwords, now)
  await endWaysIn(
    trx,
    passwords.map(({ id }) => id),
    now,
  )
  adding.forEach((row, index) => (row.loginId = ids[index] ?? null))
}

/** The ids of the logins that had an address, and have another or none now. */
function movedLogins(rows: Written[], known: Known): number[] {
  return rows.flatMap(({ login, contactId }) => {
    const before = known.logins.get(contactId)
    if (!before?.email || login.names?.id !== before.id) return []
    return emailKey(login.names.email ?? '') === emailKey(before.email) ? [] : [before.id]
  })
}

/** What was sent to these people before does not get anybody in any more. */
async function endWaysIn(trx: Db, loginIds: number[], now: number): Promise<void> {
  await cancelSignInDetails(trx, loginIds, now)
  await revokeLinksOf(trx, loginIds, now)
}

function newLogin({ contactId, login }: Written, hashes: Map<string, string>) {
  const { name, username, email } = login.names ?? { name: '', username: '', email: null }
  return { contactId, companyId: null, name, username, email, temporaryPasswordHash: hashOf(login, hashes) }
}

function hashOf({ temporaryPassword }: LoginPlan, hashes: Map<string, string>): string {
  const hash = hashes.get(temporaryPassword ?? '')
  if (hash === undefined) throw new Error('Every temporary password of these rows was to be hashed before')
  return hash
}

async function writeAccess(trx: Db, rows: Written[], { batchId, staffId }: Import, now: number): Promise<number> {
  const lost = rows.flatMap(({ login }) => login.takeAccess)
  await takeAccess(trx, lost, batchId, now)
  const pairs = rows.flatMap(({ loginId, login }) =>
    loginId === null ? [] : login.givePortals.map(portalId => ({ portalUserId: loginId, portalId })),
  )
  await giveAccess(trx, pairs, { source: 'import', staff: { id: staffId }, batchId }, now)
  return pairs.length
}

function emailsFor(rows: Written[], context: WriteContext, now: number): NewEmail[] {
  return rows.flatMap(row => {
    const email = emailFor(row, context, now)
    return email ? [email] : []
  })
}

/** The mail with sign-in details for a row that set a password, if there is an address to send it to. */
function emailFor(row: Written, context: WriteContext, now: number): NewEmail | null {
  const { planned, contactId, loginId, login } = row
  const { config, known } = context
  const before = known.logins.get(contactId)
  const names = namesOf(row, known)
  const email = names?.email
  if (login.temporaryPassword === null || loginId === null || !names || !email) return null
  const kept = (before?.access ?? []).filter(access => !login.takeAccess.includes(access.id))
  const portals = [...kept.map(access => access.portalId), ...login.givePortals]
  const message = signInDetailsMessage({
    ...context.office,
    words: context.words,
    name: planned.label,
    username: names.username,
    temporaryPassword: login.temporaryPassword,
    portals: portals.map(portal => known.portals.get(portal) ?? ''),
    signInUrl: `${config.baseUrl}/portal/sign-in`,
    expiresAt: now + TEMPORARY_PASSWORD_MS,
  })
  const to = { name: planned.label, email }
  return { to, message, portalUserId: loginId, importId: context.import.id, held: true }
}
