import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Config } from '../src/config.ts'
import { setAccessLevels } from '../src/core/access/levels.ts'
import { tickPermissions } from '../src/core/access/permissions.ts'
import type { Staff } from '../src/core/actors.ts'
import { addDocuments } from '../src/core/documents/add.ts'
import { saveDenials } from '../src/core/documents/denials.ts'
import { makeFolder } from '../src/core/documents/folders.ts'
import { inviteToContactPortal } from '../src/core/invitations/invite.ts'
import { staffById } from '../src/core/team/accounts.ts'
import type { Db } from '../src/db/index.ts'

const EVERYTHING = { canInviteOthers: true, canViewDetails: true, canViewDocuments: true }
const OWNER = 'Adaeze Okafor'
const COLLEAGUE = 'Callum Reid'

/** What lies in the portal of one contact: folders, and the documents in them. */
const CABINET: Record<string, [name: string, says: string][]> = {
  Contracts: [
    ['engagement-letter-2026.txt', 'Engagement letter\n\nThank you for choosing Harbour & Finch.\n'],
    ['terms.txt', 'Our terms, as agreed on 2 March 2026.\n'],
  ],
  Invoices: [
    ['INV-2041.csv', 'Item,Amount\nQuarterly review,420.00\n'],
    ['INV-2077.csv', 'Item,Amount\nYear end accounts,1180.00\n'],
  ],
  Payroll: [['salaries-march.csv', 'Name,Gross\nA. Okafor,3200.00\n']],
}

/**
 * Gives one contact of the small office a portal of its own: an owner, a colleague who is denied one folder, somebody
 * invited.
 */
export async function loadSmallOfficePortals(db: Db, config: Config, now: number): Promise<void> {
  const staff = await staffById(db, 1)
  const contact = await db('contacts').where({ name: OWNER }).first<{ id: number } | undefined>('id')
  if (!staff || !contact) throw new Error('The small office has to be there first')
  const given = {
    name: 'Chidi Okafor',
    email: 'chidi.okafor@harbourside.example',
    message: 'Please register, so that we can share the accounts with you.',
    level: 'standard' as const,
    permissions: EVERYTHING,
  }
  const invited = await inviteToContactPortal(db, { config }, staff, contact.id, given, now)
  if (!invited.ok) throw new Error(`${given.name} could not be invited`)
  const { portalId } = invited.value
  const folders = await fillCabinet(db, config, staff, portalId, now)
  await subscribe(db, staff, OWNER, portalId, 'full', now)
  const accessId = await subscribe(db, staff, COLLEAGUE, portalId, 'read_only', now)
  const denied = { folderIds: [folders.get('Payroll') ?? 0], documentIds: [] }
  await saveDenials(db, { accessId }, denied, staff, now)
}

async function subscribe(
  db: Db,
  staff: Staff,
  name: string,
  portalId: number,
  level: 'full' | 'read_only',
  now: number,
): Promise<number> {
  const { id } = await db('portal_users').where({ name }).first<{ id: number }>('id')
  await db.transaction(async trx => {
    await setAccessLevels(trx, staff, id, new Map([[portalId, level]]), now)
    await tickPermissions(trx, id, new Map([[portalId, EVERYTHING]]))
  })
  const access = await db('portal_access')
    .where({ portal_user_id: id, portal_id: portalId })
    .first<{ id: number }>('id')
  return access.id
}

async function fillCabinet(
  db: Db,
  config: Config,
  staff: Staff,
  portalId: number,
  now: number,
): Promise<Map<string, number>> {
  const desk = await mkdtemp(path.join(tmpdir(), 'portico-demo-'))
  const folders = new Map<string, number>()
  for (const [name, documents] of Object.entries(CABINET)) {
    const made = await makeFolder(db, staff, { portalId, parentId: null }, name, now)
    if (!made.ok) throw new Error(`The folder ${name} could not be made`)
    folders.set(name, made.value)
    const files = documents.map(([filename]) => ({ path: path.join(desk, filename), filename }))
    for (const [filename, says] of documents) await writeFile(path.join(desk, filename), says)
    const place = { viewer: { portalId, holder: 'office' as const }, folderId: made.value }
    await addDocuments(db, config, staff, place, files, now)
  }
  await rm(desk, { recursive: true, force: true })
  return folders
}
