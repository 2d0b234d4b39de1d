import { expect } from 'chai'
import { openFirsts, type Firsts } from '../../src/db/firsts.ts'
import { describeOn } from '../support/engine.ts'

describeOn('sqlite')('First numbers of keys', () => {
  let firsts: Firsts
  beforeEach(async () => (firsts = await openFirsts()))
  afterEach(() => firsts.close())

  it('are those that were said first, also within one saying', async () => {
    await firsts.keep([
      ['a', 1],
      ['a', 2],
      ['b', 3],
    ])
    await firsts.keep([
      ['b', 4],
      ['c', 5],
    ])

    expect([...(await firsts.of(['c', 'b', 'a', 'd']))]).to.have.deep.members([
      ['a', 1],
      ['b', 3],
      ['c', 5],
    ])
  })

  it('are kept under any text', async () => {
    const keys = ['', ' ', '"', String.raw`\u0000`, '\0', '😀', 'é', 'e\u0301', 'x'.repeat(10_000)]

    await firsts.keep(keys.map((key, index) => [key, index]))

    expect([...(await firsts.of(keys)).entries()]).to.have.deep.members(keys.map((key, index) => [key, index]))
  })

  it('are nobody else’s', async () => {
    const others = await openFirsts()
    await others.keep([['a', 1]])

    expect((await firsts.of(['a'])).size).to.equal(0)
    await others.close()
  })
})
