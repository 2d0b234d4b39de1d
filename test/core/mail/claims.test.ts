import { expect } from 'chai'
import { claimEmails, LOST_AFTER_MS, settleFailed, settleLater, settleSent } from '../../../src/core/mail/delivery.ts'
import { put, to } from '../../support/outbox.ts'
import { aWorld, type World } from '../../support/world.ts'

describe('A mail that was left behind and is sent by another process', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
    world.deps.now = () => 0 // nothing is due for the work of this process
  })
  afterEach(() => world.end())

  it('is no business of the first one any more, whatever came of its try', async () => {
    await put(world, [to('Ada Okafor', 'ada@customer.example')])
    const claim = async (now: number) => {
      const [email] = await claimEmails(world.db, { perMinute: 100, most: 1 }, now)
      return email ?? expect.fail('no mail was due')
    }
    const first = await claim(world.now() + 1)
    const then = world.now() + LOST_AFTER_MS + 2
    const second = await claim(then)
    const before = await world.db('emails')

    await settleFailed(world.db, first, '550 no', then)
    await settleLater(world.db, first, '450 later', then)
    await settleSent(world.db, [{ email: first, answer: '250 ok' }], then)
    const after = await world.db('emails')
    await settleSent(world.db, [{ email: second, answer: '250 ok' }], then)

    expect([first.id, first.attempts, second.attempts]).to.deep.equal([second.id, 1, 2])
    expect(after).to.deep.equal(before)
    expect(await world.db('emails').pluck('status')).to.deep.equal(['sent'])
    expect(await world.db('notifications')).to.deep.equal([])
  })
})
