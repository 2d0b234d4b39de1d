import { expectRows, inTurns, type Job } from '../bench.ts'
import { rowsIn } from '../offices/bare.ts'
import { roundOf } from '../processes/measured-process.ts'
import { median, short } from '../results/numbers.ts'
import { rowOf } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'

/** Two portals for every contact at once, with the batch, its lines and the audit. */
export const grant: Job = {
  name: 'grant',
  goal: 'B4',
  sizes: sizes => sizes.grant,
  async measure({ offices, sizes, dataDir, withSides }, contacts) {
    const office = { contacts, inUse: false }
    const { floor, portico } = await withSides(sides =>
      inTurns(
        roundsFor(sizes, contacts),
        async () => {
          const database = await offices.copyOf(office)
          const measured = await sides.floor.measure<number>('grantPortals', { database })
          expectRows(await rowsIn(database, ['portal_access']), { portal_access: contacts * 2 })
          await offices.drop(database)
          return roundOf(measured, measured.answer)
        },
        async () => {
          const database = await offices.copyOf(office)
          const measured = await sides.portico.measure<number>('grantPortals', { place: { database, dataDir } })
          const written = await rowsIn(database, ['portal_access', 'batch_items', 'batches'])
          expectRows(written, { portal_access: contacts * 2, batch_items: contacts, batches: 1 })
          await offices.drop(database)
          return roundOf(measured, measured.answer)
        },
      ),
    )
    const note = `${short((contacts * 2000) / median(portico.map(round => round.value)))} pairs/s; CPU with selection and plan`
    const line = {
      job: 'B4',
      what: 'grant two portals to all',
      contacts,
      engine: offices.engine,
      unit: 'ms',
      note,
    } as const
    return [rowOf({ ...line, goal: { within: 4 } }, portico, floor)]
  },
}
