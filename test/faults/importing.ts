import { addPortal } from '../../src/core/portals/portals.ts'
import { system } from '../../src/core/actors.ts'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { broken } from './holds.ts'
import { done, type Report } from './report.ts'
import { aVictim, lastDeath, signedIn, type Kill, type Victim } from './victim.ts'

/**
 * Imports so many contacts with logins while the server dies of all these, as somebody does who tries again each time.
 */
export async function importUnder(kills: Kill[], rows: number): Promise<Report> {
  const victim = await aVictim(kills)
  try {
    await addPortal(victim.db, system, 'Orders', Date.now())
    const staff = await signedIn(victim)
    const csv = people(rows)
    while ((await state(victim)) !== 'completed') {
      if ((await state(victim)) === 'failed') return await done(victim, ['the import was given up'])
      await victim.revive()
      await nextStep(victim, staff, csv).catch(() => undefined)
    }
    await lastDeath(victim, kills)
    return await done(victim, await wrongRows(victim, rows))
  } finally {
    await victim.end()
  }
}

/** As somebody does who tries again until all of so many rows are there. */
export async function importAll(server: Pick<Victim, 'db'>, staff: Browser, rows: number): Promise<void> {
  for (let now = await state(server); now !== 'completed'; now = await state(server)) {
    if (now === 'failed') throw new Error('The import was given up')
    await nextStep(server, staff, people(rows)).catch(() => undefined)
  }
}

/** Does what comes next for whoever imports this file. */
export async function nextStep(victim: Pick<Victim, 'db'>, staff: Browser, csv: string): Promise<void> {
  const now = await state(victim)
  if (now === null) return choose(staff, csv)
  const { id } = await victim.db('imports').first<{ id: number }>('id')
  if (now !== 'uploaded' && now !== 'ready') return new Promise(resolve => setTimeout(resolve, 20))
  await staff.open(`/staff/imports/${String(id)}`)
  await staff.press(now === 'uploaded' ? 'Check the file' : 'Import ')
}

/** How far the one import of this server is; null when there is none yet. */
export async function state({ db }: Pick<Victim, 'db'>): Promise<string | null> {
  const row = await db('imports').first<{ status: string } | undefined>('status')
  return row?.status ?? null
}

/** What of the rows is not there once, a sentence each. */
export async function wrongRows({ db, config }: Pick<Victim, 'db' | 'config'>, rows: number): Promise<string[]> {
  const wrong = await broken(db, config)
  for (const table of ['contacts', 'portal_users', 'portal_access']) {
    const there = (await db(table).count<{ many: number }[]>({ many: '*' }))[0]?.many
    if (there !== rows) wrong.push(`${String(there)} ${table} instead of ${String(rows)}`)
  }
  const emails = (await db('contacts').countDistinct<{ many: number }[]>({ many: 'email' }))[0]?.many
  if (emails !== rows) wrong.push(`${String(emails)} different contacts instead of ${String(rows)}`)
  const ended = await db('imports').first<{ created_count: number }>('*')
  if (ended.created_count !== rows) wrong.push(`the result says ${String(ended.created_count)}`)
  return wrong
}

export function people(rows: number): string {
  const lines = Array.from({ length: rows }, (_, index) => {
    const number = String(index + 1)
    return `Person ${number},person${number}@x.example,person${number},harbour-2026,Orders`
  })
  return ['Name,Email,Username,Password,Portals', ...lines].join('\n')
}
