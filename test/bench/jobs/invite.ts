import { expectRows, inTurns, type Job } from '../bench.ts'
import { rowsIn } from '../offices/bare.ts'
import type { InviteTimes } from '../portico/invite.ts'
import { roundOf } from '../processes/measured-process.ts'
import { median, short } from '../results/numbers.ts'
import { rowOf, type Line, type Round } from '../results/row.ts'
import { roundsFor } from '../sizes.ts'

/** An invitation to everybody's own portal at once: planned, and the mails queued. */
export const invite: Job = {
  name: 'invite',
  goal: 'B7',
  sizes: sizes => sizes.invite,
  async measure({ offices, sizes, dataDir, withSides }, contacts) {
    const office = { contacts, inUse: false }
    const plans: Round[] = []
    const { floor, portico } = await withSides(sides =>
      inTurns(
        roundsFor(sizes, contacts),
        async () => {
          const database = await offices.copyOf(office)
          const measured = await sides.floor.measure<number>('inviteContacts', { database })
          expectRows(await rowsIn(database, ['invitations']), { invitations: contacts })
          await offices.drop(database)
          return roundOf(measured, measured.answer)
        },
        async () => {
          const database = await offices.copyOf(office)
          const measured = await sides.portico.measure<InviteTimes>('inviteContacts', { place: { database, dataDir } })
          const written = await rowsIn(database, ['invitations', 'emails', 'batch_items'])
          expectRows(written, { invitations: contacts, emails: contacts, batch_items: contacts })
          await offices.drop(database)
          plans.push({ value: measured.answer.plan, cpuMs: null, peakMb: null })
          return roundOf(measured, measured.answer.plan + measured.answer.queue)
        },
      ),
    )
    const line: Line = { job: 'B7', what: '', contacts, engine: offices.engine, unit: 'ms', goal: null, note: '' }
    const note = `${short((contacts * 1000) / median(portico.map(round => round.value)))} invitations/s`
    return [
      rowOf({ ...line, what: 'invite all: plan and queue', goal: { within: 4 }, note }, portico, floor),
      rowOf({ ...line, what: 'invite all: plan alone' }, plans, null),
    ]
  },
}
