import { expect } from 'chai'
import { isPostgres } from '../../src/db/index.ts'
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
  it('after it has done what it was asked for says so, and loses only the words for the next page', async function () {
    if (isPostgres(world.db)) return this.skip()
    const staff = await world.signedInStaff()
    await staff.open('/staff/contacts/new')
    staff.fill('Name', 'Ada Okafor')
    await world.db.raw(
      "create trigger broken before update on sessions begin select raise(abort, 'disk I/O error'); end",
    )

    await staff.press('Add contact')

    expect([staff.status, staff.h1]).to.deep.equal([200, 'Ada Okafor'])
    expect(await world.db('contacts').pluck('name')).to.deep.equal(['Ada Okafor'])
  })
})
