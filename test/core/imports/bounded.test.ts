import { expect } from 'chai'
import { chunksOf, inTurns, ROWS_AT_ONCE } from '../../../src/core/imports/chunks.ts'
import { rememberedHashes } from '../../../src/core/imports/hashes.ts'
import type { Import } from '../../../src/core/imports/records.ts'
import { keepFile } from '../../../src/core/imports/upload-file.ts'
import { Interrupted } from '../../../src/core/jobs/worker.ts'
import { createPasswords, type Passwords } from '../../../src/core/passwords.ts'
import { describeOn } from '../../support/engine.ts'
import { aWorld, type World } from '../../support/world.ts'

describeOn('sqlite')('Any number of rows of an import', () => {
  let world: World
  before(async () => (world = await aWorld()))
  after(() => world.end())

  for (const rows of [1, ROWS_AT_ONCE, ROWS_AT_ONCE * 5 + 1])
    it(`is read a few at a time: ${String(rows)}`, async () => {
      const chunks: number[] = []

      for await (const chunk of chunksOf(world.config, await kept(rows))) chunks.push(chunk.length)

      expect(chunks).to.have.length(Math.ceil(rows / ROWS_AT_ONCE))
      expect(chunks.reduce((sum, many) => sum + many, 0)).to.equal(rows)
    })

  it('is planned so that others have their turn in between', async () => {
    let turns = 0
    let done = false
    const others = (): void => void (!done && (turns += 1) && setImmediate(others))
    setImmediate(others)

    const planned = await inTurns([...Array(1000).keys()], some => some.map(one => one + 1))

    done = true
    expect(planned).to.deep.equal([...Array(1000).keys()].map(one => one + 1))
    expect(turns).to.be.at.least(9)
  })

  async function kept(rows: number): Promise<Import> {
    const text = `Name\n${Array.from({ length: rows }, (_, index) => `Person ${String(index)}`).join('\n')}`
    const { fileKey } = await keepFile(world.config, pieces(text))
    const columns = [{ heading: 'Name', field: 'name' as const }]
    return { fileKey, columns, format: { encoding: 'utf-8', delimiter: ',' } } as unknown as Import
  }
})

describeOn('sqlite')('Temporary passwords of an import', () => {
  it('are hashed once each, and two at once', async () => {
    const { passwords, asked, most } = counted()
    const hashes = rememberedHashes(passwords, new AbortController().signal)

    const first = await hashes.of(['a', 'b', 'a', 'c', 'd', 'e'])
    const then = await hashes.of(['e', 'f', 'a'])

    expect(asked).to.deep.equal(['a', 'b', 'c', 'd', 'e', 'f'])
    expect(most()).to.equal(2)
    expect([...first.keys()]).to.have.members(['a', 'b', 'c', 'd', 'e'])
    expect(then.get('e')).to.equal(first.get('e'))
  })

  it('are forgotten when others have come since', async () => {
    const { passwords, asked } = counted()
    const hashes = rememberedHashes(passwords, new AbortController().signal, 2)

    await hashes.of(['a', 'b'])
    await hashes.of(['b', 'c'])
    await hashes.of(['b', 'a'])

    expect(asked).to.deep.equal(['a', 'b', 'c', 'a'])
  })

  it('leave the event loop free while they are hashed', async () => {
    let turns = 0
    const ticking = setInterval(() => (turns += 1), 1)
    const hashes = rememberedHashes(createPasswords(), new AbortController().signal)

    await hashes.of(['a', 'b', 'c', 'd'])

    clearInterval(ticking)
    expect(turns).to.be.at.least(2)
  })

  it('are left when the process is to end', async () => {
    const { passwords, asked } = counted()
    const stopping = new AbortController()
    const left = rememberedHashes(passwords, stopping.signal).of(['a', 'b', 'c'])
    stopping.abort()

    const problem = await left.catch((error: unknown) => error)

    expect(problem).to.be.instanceOf(Interrupted)
    expect(asked).to.deep.equal(['a', 'b'])
  })
})

/** Passwords that say what they were asked to hash, and how many at once. */
function counted(): { passwords: Passwords; asked: string[]; most: () => number } {
  const asked: string[] = []
  let working = 0
  let most = 0
  const hash = async (password: string): Promise<string> => {
    asked.push(password)
    most = Math.max(most, (working += 1))
    await new Promise(resolve => setImmediate(resolve))
    working -= 1
    return `hash of ${password}`
  }
  return { passwords: { ...createPasswords(), hash }, asked, most: () => most }
}

async function* pieces(text: string): AsyncGenerator<Buffer> {
  yield await Promise.resolve(Buffer.from(text))
}
