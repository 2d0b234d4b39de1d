import path from 'node:path'
import { rowsIn } from './bare-sqlite.ts'
import { copyOf, madeDatabase } from './databases.ts'
import { median, short } from './numbers.ts'
import type { Sizes } from './options.ts'
import { expectRows, type Sides } from './sides.ts'
import type { Row } from './table.ts'

/** Two portals for every contact at once, with the batch, its lines and the audit. */
export async function measureGrant(folder: string, sizes: Sizes, { floor, portico }: Sides): Promise<Row[]> {
  const contacts = sizes.grant
  const office = await madeDatabase(folder, { contacts, inUse: false })
  const floorMs: number[] = []
  const porticoMs: number[] = []
  for (let round = 0; round < sizes.rounds; round += 1) {
    const bare = copyOf(office, `grant-floor-${String(round)}`)
    floorMs.push(await floor.ask<number>('grantPortals', { database: bare }))
    expectRows(await rowsIn(bare, ['portal_access']), { portal_access: contacts * 2 })

    const database = copyOf(office, `grant-${String(round)}`)
    const place = { database, dataDir: path.join(folder, 'data'), port: 0 }
    porticoMs.push(await portico.ask<number>('grantPortals', { place }))
    const written = await rowsIn(database, ['portal_access', 'batch_items', 'batches'])
    expectRows(written, { portal_access: contacts * 2, batch_items: contacts, batches: 1 })
  }
  const ms = median(porticoMs)
  const line = { what: 'grant: two portals to all', contacts, unit: 'ms' } as const
  const note = `${short((contacts * 2000) / ms)} pairs/s`
  return [{ ...line, floor: median(floorMs), portico: ms, goal: 4, note }]
}
