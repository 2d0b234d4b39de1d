import { expect } from 'chai'
import { countSelected } from '../../src/core/contacts/selection.ts'
import { aContact, manyContacts } from '../support/people.ts'
import type { Browser } from '../support/browser.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Selecting contacts', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  const ticked = (browser: Browser): number => browser.$('tbody input:checked').length

  async function staffWith(count: number): Promise<Browser> {
    await manyContacts(world, { count })
    const staff = await world.signedInStaff()
    await staff.open('/staff/contacts?size=10')
    return staff
  }

  it('keeps ticks through paging, sorting, searching and changing the page size', async () => {
    const staff = await staffWith(25)

    staff.tick('Select Contact 00001')
    await staff.press('Next page')
    staff.tick('Select Contact 00012')
    await staff.press('Name')
    staff.tick('Select Contact 00025')
    staff.fill('Name, email, username or phone', 'contact 0000')
    await staff.press('Search')
    expect(ticked(staff)).to.equal(1)
    await staff.press('Clear all filters')
    await staff.press('50 rows')

    expect(staff.text).to.include('3 contacts selected')
    expect(ticked(staff)).to.equal(3)
  })

  it('keeps ticks when somebody goes back and on again', async () => {
    const staff = await staffWith(25)
    staff.tick('Select Contact 00001')
    await staff.press('Next page')
    staff.tick('Select Contact 00011')
    await staff.press('Next page')

    staff.back()
    staff.untick('Select Contact 00011')
    staff.tick('Select Contact 00012')
    await staff.press('Next page')

    expect(staff.text).to.include('2 contacts selected')
    await staff.press('Bulk Actions')
    expect(staff.h1).to.equal('Bulk Actions for 2 contacts')
  })

  it('keeps what was ticked on later pages when somebody goes all the way back', async () => {
    const staff = await staffWith(35)
    staff.tick('Select Contact 00001')
    staff.tick('Select Contact 00002')
    await staff.press('Next page')
    staff.tick('Select Contact 00011')
    await staff.press('Next page')

    staff.back()
    staff.back()
    staff.tick('Select Contact 00003')
    await staff.press('Bulk Actions')

    expect(staff.h1).to.equal('Bulk Actions for 4 contacts')
  })

  it('selects all on this page, or all that match, as two different buttons', async () => {
    const staff = await staffWith(25)

    await staff.press('Select all 10 on this page')
    expect(staff.text).to.include('10 contacts are now selected.')
    await staff.press('Select all 25 matching')
    expect(staff.text).to.include('25 contacts are now selected.')
    await staff.press('Clear selection')

    expect(staff.text).to.include('0 contacts selected')
    expect(ticked(staff)).to.equal(0)
  })

  it('says when selected contacts lie outside the search', async () => {
    const staff = await staffWith(25)
    staff.tick('Select Contact 00001')
    await staff.press('Next page')
    await staff.open(`${staff.path}&q=contact+0002`)

    await staff.press('Select all 6 matching')

    expect(staff.text).to.include('7 contacts are now selected, including 1 contact that this search does not show.')
    await staff.click('Show only these')
    expect(staff.tableRows().length).to.equal(7)
  })

  it('does not let contacts slip in that came after the press', async () => {
    const staff = await staffWith(12)
    await staff.press('Select all 12 matching')

    await aContact(world, 'Late Larry')
    await staff.press('Bulk Actions')

    expect(staff.h1).to.equal('Bulk Actions for 12 contacts')
  })

  it('asks for a tick when Bulk Actions is pressed with none', async () => {
    const staff = await staffWith(3)

    await staff.press('Bulk Actions')

    expect(staff.status).to.equal(422)
    expect(staff.errors()).to.deep.equal(['Select at least one contact, then choose Bulk Actions'])
  })

  it('searches when Enter is pressed in the search field, and changes nothing else', async () => {
    const staff = await staffWith(12)

    staff.fill('Name, email, username or phone', '00007')
    await staff.submitEnter('Name, email, username or phone')

    expect(staff.tableRows().length).to.equal(1)
  })

  it('is one’s own: another member of staff starts with nothing', async () => {
    const staff = await staffWith(12)
    await staff.press('Select all 12 matching')
    const address = staff.path
    const other = await world.signedInStaff()

    await other.open(address)
    expect(other.text).to.include('0 contacts selected')
    await other.press('Clear selection').catch(() => undefined)

    const handle = new URLSearchParams(address.split('?')[1]).get('s') ?? ''
    expect(await countSelected(world.db, handle)).to.equal(12)
    await other.open(`/staff/contacts/bulk?s=${handle}`)
    expect(other.status).to.equal(404)
  })
})
