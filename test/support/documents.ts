import { randomUUID } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Staff } from '../../src/core/actors.ts'
import { addDocuments } from '../../src/core/documents/add.ts'
import { makeFolder } from '../../src/core/documents/folders.ts'
import { staffById } from '../../src/core/team/accounts.ts'
import type { World } from './world.ts'

/** The smallest thing that is a PDF to us; what it says makes it unlike others. */
export function aPdf(says = ''): Buffer {
  return Buffer.from(`%PDF-1.4\n${says}\n%%EOF\n`)
}

export async function aFolder(world: World, portalId: number, name: string, parentId: number | null = null) {
  const made = await makeFolder(world.db, await anyStaff(world), { portalId, parentId }, name, world.now())
  if (!made.ok) throw new Error(`The folder ${name} could not be made: ${made.error}`)
  return made.value
}

/** A document in a portal, put there by the office: a PDF unless its content is given. */
export async function aDocument(
  world: World,
  portalId: number,
  name: string,
  { folderId = null, content = aPdf(name) }: { folderId?: number | null; content?: Buffer } = {},
): Promise<{ id: number; publicId: string }> {
  const folder = path.join(world.config.dataDir, 'uploads')
  const file = path.join(folder, randomUUID())
  await mkdir(folder, { recursive: true })
  await writeFile(file, content)
  const place = { viewer: { portalId, holder: 'office' as const }, folderId }
  const files = [{ path: file, filename: name }]
  const added = await addDocuments(world.db, world.config, await anyStaff(world), place, files, world.now())
  await rm(file)
  if (!added.ok || added.value.kept.length === 0) throw new Error(`${name} was not kept: ${JSON.stringify(added)}`)
  const row = await world
    .db('documents')
    .where({ portal_id: portalId, name })
    .orderBy('id', 'desc')
    .first<{ id: number; public_id: string }>('id', 'public_id')
  return { id: row.id, publicId: row.public_id }
}

/** The row of somebody's access to a portal. */
export async function accessIdOf(world: World, portalUserId: number, portalId: number): Promise<number> {
  const row = await world
    .db('portal_access')
    .where({ portal_user_id: portalUserId, portal_id: portalId, revoked_at: null })
    .first<{ id: number }>('id')
  return row.id
}

/** Denies things to one access, by hand. */
export async function deny(
  world: World,
  accessId: number,
  { folders = [], documents = [] }: { folders?: number[]; documents?: number[] },
): Promise<void> {
  const whose = { portal_access_id: accessId, created_at: world.now() }
  for (const id of folders) await world.db('access_denials').insert({ ...whose, folder_id: id })
  for (const id of documents) await world.db('access_denials').insert({ ...whose, document_id: id })
}

/** An open invitation, written by hand. */
export async function anInvitation(world: World, portalId: number, name: string): Promise<number> {
  const email = `${name.toLowerCase().replace(/\W+/g, '.')}@invited.example`
  const row = {
    portal_id: portalId,
    name,
    search_name: name.toLowerCase(),
    email,
    email_normalized: email,
    can_invite_others: false,
    can_view_details: true,
    can_view_documents: true,
    token_hash: randomUUID(),
    created_at: world.now(),
  }
  const [made] = await world.db('invitations').insert(row).returning<{ id: number }[]>('id')
  return made?.id ?? 0
}

async function anyStaff(world: World): Promise<Staff> {
  const first = await world.db('staff_users').orderBy('id').first<{ id: number } | undefined>('id')
  const { id } = first ?? (await world.aStaff('Olga Office', 'admin'))
  const staff = await staffById(world.db, id)
  if (!staff) throw new Error('There is nobody in the office')
  return staff
}
