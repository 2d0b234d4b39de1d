import { expect } from 'chai'
import type { Staff } from '../../../src/core/actors.ts'
import { removeClientPortal } from '../../../src/core/portals/client-portals.ts'
import { openContactPortals } from '../../../src/core/portals/contact-portals.ts'
import { anInvitation, aStaffActor } from '../../support/invitations.ts'
import { aContact } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('Opening the portals of contacts', () => {
  let world: World
  let staff: Staff
  let ada: number
  beforeEach(async () => {
    world = await aWorld()
    staff = await aStaffActor(world)
    ada = await aContact(world, 'Ada Okafor')
  })
  afterEach(() => world.end())

  const lines = () =>
    world
      .db('audit_events')
      .whereLike('action', 'portal%')
      .orderBy('id')
      .select<Line[]>('action', 'actor_id', 'subject_id', 'data')

  it('is in the log once, and so is bringing a removed one back', async () => {
    const { portalId } = await anInvitation(world, ada, { email: 'ada@okafor.example' }, staff)
    await anInvitation(world, ada, { email: 'ben@okafor.example' }, staff)
    await removeClientPortal(world.db, staff, portalId, { documents: 'keep' }, world.now())
    await anInvitation(world, ada, { email: 'ada@okafor.example' }, staff)

    const written = await lines()

    expect(written.map(line => line.action)).to.deep.equal(['portal.opened', 'portal.removed', 'portal.restored'])
    for (const line of written) expect([line.actor_id, line.subject_id]).to.deep.equal([staff.id, portalId])
    expect(written[2]?.data).to.include('Ada Okafor')
  })

  it('is one line for many contacts', async () => {
    const contacts = [
      { id: ada, name: 'Ada Okafor' },
      { id: await aContact(world, 'Ben Baker'), name: 'Ben Baker' },
    ]
    const open = () => world.db.transaction(trx => openContactPortals(trx, staff, contacts, world.now()))

    const portals = await open()
    await open()

    const [line, ...others] = await lines()
    expect([line?.action, others]).to.deep.equal(['portals.opened', []])
    expect(JSON.parse(line?.data ?? '')).to.deep.equal({ portals: 2, ids: [...portals.values()] })
  })
})

interface Line {
  action: string
  actor_id: number
  subject_id: number | null
  data: string
}
