import pino from 'pino'
import { sweepDocuments } from '../../src/core/documents/sweep.ts'
import { createPasswords } from '../../src/core/passwords.ts'
import { addStaff } from '../../src/core/team/accounts.ts'
import type { Browser } from '../support/browser.ts'
import { aPdf } from '../support/documents.ts'
import { anInvitation } from '../support/invitations.ts'
import { aContact, aPortal, manyContacts, OWN_PASSWORD } from '../support/people.ts'
import { QUICK_PASSWORDS, type World } from '../support/world.ts'
import { broken, strayContent } from './holds.ts'
import { done, type Report } from './report.ts'
import { aVictim, lastDeath, signedIn, type Kill, type Victim } from './victim.ts'

const DAY_MS = 86_400_000
const PEOPLE = 400

/** Something that a person does in one go, and does again when it did not work. */
interface Act {
  /** What has to be there first; the answer goes into `act`. */
  prepare(world: World): Promise<string>
  act(browser: Browser, prepared: string): Promise<void>
  /** How many rows there are of what is done: all or nothing, whenever the server dies. */
  counted(victim: Victim): Promise<number>
  all: number
}

/** Does it under this death and until it is done, and looks whether a half of it was ever there. */
export async function actUnder(kill: Kill, deed: Act): Promise<Report> {
  const victim = await aVictim([kill])
  const wrong: string[] = []
  try {
    const prepared = await deed.prepare(worldOf(victim))
    const browser = await signedIn(victim)
    for (let there = 0; there < deed.all;) {
      await victim.revive()
      await deed.act(browser, prepared).catch(() => undefined)
      there = await deed.counted(victim)
      if (there !== 0 && there !== deed.all) wrong.push(`${String(there)} of ${String(deed.all)} were written`)
    }
    await lastDeath(victim, [kill])
    await sweepDocuments(victim.db, victim.config, Date.now() + DAY_MS)
    const strays = await strayContent(victim.db, victim.config)
    if (strays > 0) wrong.push(`${String(strays)} files are of no document`)
    return await done(victim, [...wrong, ...(await broken(victim.db, victim.config))])
  } finally {
    await victim.end()
  }
}

export const upload: Act = {
  prepare: async world => String((await aPortal(world, 'Harbour Foods')).id),
  async act(staff, portalId) {
    await staff.open(`/staff/client-portals/${portalId}/documents`)
    staff.attach('Choose files', 'march.pdf', aPdf('march'), 'application/pdf')
    await staff.press('Upload')
  },
  counted: async ({ db }) => (await db('documents')).length,
  all: 1,
}

export const registration: Act = {
  prepare: async world => {
    const contactId = await aContact(world, 'Ada Okafor')
    return (await anInvitation(world, contactId, { email: 'ada@customer.example' })).token
  },
  async act(browser, token) {
    await browser.open(`/portal/invitations/${token}`)
    browser.fill('New password', OWN_PASSWORD)
    await browser.press('Register')
  },
  counted: async ({ db }) => (await db('portal_users')).length,
  all: 1,
}

export const bulkAccess: Act = {
  prepare: async world => {
    await aPortal(world, 'Orders')
    await manyContacts(world, { count: PEOPLE, login: true })
    return ''
  },
  async act(staff) {
    await staff.open('/staff/contacts?size=10')
    await staff.press(`Select all ${String(PEOPLE)} matching`)
    await staff.press('Bulk Actions')
    staff.tick('Orders')
    await staff.press('Continue')
    await staff.press('Save')
  },
  counted: async ({ db }) => (await db('portal_access')).length,
  all: PEOPLE,
}

/** What the supports of the tests need of a world, of a server in another process. */
export function worldOf({ db, config }: Pick<Victim, 'db' | 'config'>): World {
  const log = pino({ level: 'silent' })
  const deps = { db, config, log, now: Date.now, passwords: createPasswords(QUICK_PASSWORDS) }
  const aStaff: World['aStaff'] = async name => {
    const email = 'ines@office.example'
    const id = await db.transaction(trx =>
      addStaff(trx, { name, email, role: 'manager', passwordHash: 'none' }, Date.now()),
    )
    return { id, email, password: '' }
  }
  return { db, config, deps, now: Date.now, aStaff } as unknown as World
}
