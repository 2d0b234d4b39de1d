import path from 'node:path'
import { rowsIn } from './bare-sqlite.ts'
import { copyOf, madeDatabase } from './databases.ts'
import type { Measured } from './measured-process.ts'
import { median, short } from './numbers.ts'
import type { Sizes } from './options.ts'
import type { InviteTimes } from './portico-invite.ts'
import { expectRows, memoryRow, type Sides } from './sides.ts'
import type { Row } from './table.ts'

/** An invitation to everybody's own portal at once: planned, and the mails queued. */
export async function measureInvite(folder: string, sizes: Sizes, { floor, portico }: Sides): Promise<Row[]> {
  const contacts = sizes.invite
  const office = await madeDatabase(folder, { contacts, inUse: false })
  const floors: Measured<number>[] = []
  const porticos: Measured<InviteTimes>[] = []
  for (let round = 0; round < sizes.rounds; round += 1) {
    const bare = copyOf(office, `invite-floor-${String(round)}`)
    floors.push(await floor.measure<number>('inviteContacts', { database: bare }))
    expectRows(await rowsIn(bare, ['invitations']), { invitations: contacts })

    const database = copyOf(office, `invite-${String(round)}`)
    const place = { database, dataDir: path.join(folder, 'data'), port: 0 }
    porticos.push(await portico.measure<InviteTimes>('inviteContacts', { place }))
    const written = await rowsIn(database, ['invitations', 'emails', 'batch_items'])
    expectRows(written, { invitations: contacts, emails: contacts, batch_items: contacts })
  }
  const all = porticos.map(({ answer }) => answer)
  const ms = median(all.map(({ plan, queue }) => plan + queue))
  const cpu = median(all.map(times => times.cpu))
  const line = { contacts, unit: 'ms', floor: null, goal: null } as const
  return [
    { ...line, what: 'invite: plan all', portico: median(all.map(({ plan }) => plan)), note: '' },
    {
      ...line,
      what: 'invite: plan and queue all',
      floor: median(floors.map(({ answer }) => answer)),
      portico: ms,
      note: `${short((contacts * 1000) / ms)} invitations/s, ${short(cpu)} ms of CPU`,
    },
    ...memoryRow('invite', contacts, floors, porticos),
  ]
}
