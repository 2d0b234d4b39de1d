import { expect } from 'chai'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { contactsCsv } from '../../../src/core/exports/contacts.ts'
import { mostRows } from '../../support/most-rows.ts'
import { manyContacts } from '../../support/people.ts'
import { aWorld } from '../../support/world.ts'

const CONTACTS = 600
const AT_ONCE = 250

describe('An export of many contacts', () => {
  it('gives its headings before anything is read, and holds a few hundred of them at a time', async () => {
    const world = await aWorld()
    await manyContacts(world, { count: CONTACTS })
    const most = mostRows(world)
    const pieces = contactsCsv(world.db, ALL_CONTACTS)

    const headings = await pieces.next()
    const before = most.read
    const lines: number[] = []
    for await (const piece of pieces) lines.push(piece.split('\r\n').length - 1)

    expect(headings.value).to.include('Contact ID')
    expect(before).to.equal(0)
    expect(lines).to.deep.equal([AT_ONCE, AT_ONCE, CONTACTS - 2 * AT_ONCE])
    expect(most.read).to.equal(AT_ONCE)
    await world.end()
  })
})
