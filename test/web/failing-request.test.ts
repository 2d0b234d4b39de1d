import { expect } from 'chai'
import { aWorld, type World } from '../support/world.ts'

describe('A request that fails in a way that nobody foresaw', () => {
  let world: World
  let said = ''
  beforeEach(async () => {
    said = ''
    world = await aWorld({}, { write: line => void (said += line) })
  })
  afterEach(() => world.end())

  it('is answered by a page with a reference that leads to its error in the log, and nobody else notices', async () => {
    const staff = await world.signedInStaff()
    await world.db.schema.renameTable('companies', 'hidden')

    const failed = await staff.raw('GET', '/staff/companies')
    const other = await staff.raw('GET', '/staff/imports')
    await world.db.schema.renameTable('hidden', 'companies')
    const later = await staff.raw('GET', '/staff/companies')

    const reference = /reference: ([0-9a-f-]{36})/.exec(failed.text.replaceAll(/<[^>]+>/g, ''))?.[1] ?? 'none'
    expect([failed.status, other.status, later.status]).to.deep.equal([500, 200, 200])
    expect(failed.text)
      .to.include('Sorry, something went wrong')
      .and.not.match(/no such table|does not exist|\.ts:\d/)
    expect(said.split('\n').find(line => line.includes('a request failed'))).to.include(reference)
  })
})
