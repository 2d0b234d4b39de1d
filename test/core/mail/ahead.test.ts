import { expect } from 'chai'
import { together } from '../../../src/core/mail/ahead.ts'

describe('Mails that were taken at the same moment', () => {
  it('are recorded together, and each hears when that is done', async () => {
    const writes: string[][] = []
    const record = together<string>(written(writes), { most: 3, waitMs: 60_000 })

    await Promise.all(['ada', 'bea', 'cal'].map(record))

    expect(writes).to.deep.equal([['ada', 'bea', 'cal']])
  })

  it('do not wait for one that does not come', async () => {
    const writes: string[][] = []
    const record = together<string>(written(writes), { most: 3, waitMs: 1 })

    await Promise.all(['ada', 'bea'].map(record))
    await record('cal')

    expect(writes).to.deep.equal([['ada', 'bea'], ['cal']])
  })

  it('hear all of it when they could not be, and keep nobody else from it', async () => {
    const failing = [true, false]
    const record = together<string>(
      () => (failing.shift() ? Promise.reject(new Error('the disk is full')) : Promise.resolve()),
      { most: 2, waitMs: 60_000 },
    )

    const [first, second] = await Promise.allSettled(['ada', 'bea'].map(record))
    const others = await Promise.allSettled(['cal', 'dot'].map(record))

    expect([first?.status, second?.status]).to.deep.equal(['rejected', 'rejected'])
    expect(others.map(({ status }) => status)).to.deep.equal(['fulfilled', 'fulfilled'])
  })
})

function written(writes: string[][]) {
  return (some: string[]): Promise<void> => {
    writes.push(some)
    return Promise.resolve()
  }
}
