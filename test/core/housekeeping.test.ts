import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { tidyUp } from '../../src/core/housekeeping.ts'
import { aContact } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

const DAY = 86_400_000

describe('Tidying up', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  it('cancels an import that nobody has gone on with for a week, and deletes its file', async () => {
    const staff = await world.signedInStaff()
    await staff.open('/staff/import-export')
    staff.attach('Choose File', 'people.csv', 'Name,Password\nAda,secret-enough\n')
    await staff.press('Import')
    const files = (): string[] => readdirSync(path.join(world.config.dataDir, 'imports'))

    await tidyUp(world.db, world.config, world.now() + 6 * DAY)
    expect(files()).to.have.length(1)
    await tidyUp(world.db, world.config, world.now() + 8 * DAY)

    expect(files()).to.deep.equal([])
    expect(await world.db('imports').select('status', 'file_key')).to.deep.equal([
      { status: 'cancelled', file_key: null },
    ])
  })

  it('forgets sessions that have ended and selections of yesterday', async () => {
    await aContact(world, 'Ada')
    const staff = await world.signedInStaff()
    await staff.open('/staff/contacts')
    await staff.press('Select all 1 on this page')
    expect(await world.db('selection_items')).to.have.length(1)

    await tidyUp(world.db, world.config, world.now() + 2 * DAY)

    expect(await world.db('sessions')).to.deep.equal([])
    expect(await world.db('selection_items')).to.deep.equal([])
  })
})
