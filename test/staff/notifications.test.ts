import { expect } from 'chai'
import { tidyUp } from '../../src/core/housekeeping.ts'
import { notify } from '../../src/core/notifications/bell.ts'
import type { Browser } from '../support/browser.ts'
import { choose } from '../support/contact-files.ts'
import { aMailServer } from '../support/mail-server.ts'
import { put, to, until } from '../support/outbox.ts'
import { aWorld, type World } from '../support/world.ts'

const BELL = '.me a[href="/staff/notifications"]'

describe('Notifications', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('are not for strangers', async () => {
    const stranger = world.browser()

    await stranger.open('/staff/notifications')

    expect(stranger.path).to.equal('/staff/sign-in?next=%2Fstaff%2Fnotifications')
  })

  it('say what they are for while there is none', async () => {
    const staff = await world.signedInStaff('viewer')
    await staff.click('Notifications')

    expect(bell(staff)).to.equal('Notifications')
    expect(staff.text).to.include('0 unread').and.include('There are no notifications yet.')
  })

  it('tell who asked for an import that it has finished, and lead to its result', async () => {
    const [staff, other] = [await world.signedInStaff(), await world.signedInStaff()]

    await choose(staff, 'Name,Email\nAda Okafor,ada@harbour.example\nBea Lund,not an address\n')
    await staff.press('Check the file')
    await staff.press('Import the 1 good row')
    await staff.open('/staff/companies')
    expect(bell(staff)).to.equal('Notifications 1 unread')
    await staff.click('Notifications 1 unread')
    await staff.click('Import finished: 1 row to fix – contacts.csv')

    expect(staff.path).to.match(/^\/staff\/imports\/\d+$/)
    expect(staff.h1).to.equal('Import finished: 1 row to fix')
    await other.open('/staff/notifications')
    expect(other.text).to.include('There are no notifications yet.')
  })

  it('are marked as read one by one, twice without harm, and only by their reader', async () => {
    const [staff, other] = [await world.signedInStaff('viewer'), await world.signedInStaff('viewer')]
    const [first] = await notices(world, 2)
    await staff.open('/staff/notifications')
    expect(staff.tableRows().map(row => row[0])).to.deep.equal(['Notice 2', 'Notice 1'])

    await other.post(`/staff/notifications/${String(first)}/read`, {})
    expect(other.status).to.equal(404)
    for (let press = 0; press < 2; press += 1) await staff.post(`/staff/notifications/${String(first)}/read`, {})

    expect(staff.text).to.include('Marked as read')
    expect(bell(staff)).to.equal('Notifications 1 unread')
    expect(staff.tableRows()[1]?.[2]).to.equal('Read')
    expect(staff.tableRows()[0]?.[2]).to.match(/^Unread Mark as read/)
  })

  it('are all marked as read at once, but for those that came meanwhile', async () => {
    const staff = await world.signedInStaff('viewer')
    await notices(world, 3)
    await staff.open('/staff/notifications')
    await notices(world, 1)

    await staff.press('Mark all as read')

    expect(staff.text).to.include('3 notifications marked as read')
    expect(bell(staff)).to.equal('Notifications 1 unread')
  })

  it('are paged, and counted to 99', async () => {
    const staff = await world.signedInStaff('viewer')
    await notices(world, 120)

    await staff.open('/staff/notifications?page=5')

    expect(bell(staff)).to.equal('Notifications 99+ unread')
    expect(staff.tableRows()).to.have.length(20)
    expect(staff.text).to.include('Page 5 of 5').and.include('More than 99 unread')
    await staff.open('/staff/notifications?page=9')
    expect(staff.path).to.equal('/staff/notifications')
  })

  it('are forgotten after three months', async () => {
    const staff = await world.signedInStaff('viewer')
    await notices(world, 1)

    await tidyUp(world.db, world.config, world.now() + 91 * 86_400_000)

    await staff.open('/staff/notifications')
    expect(staff.tableRows()).to.deep.equal([])
  })
})

describe('Notifications of mail that failed', () => {
  it('go to administrators, one for all until it is read', async () => {
    const server = await aMailServer()
    server.onRecipient = () => '550 no such user'
    const world = await aWorld({ smtpUrl: server.url })
    const [admin, manager] = [await world.signedInStaff('admin'), await world.signedInStaff('manager')]

    await put(world, [to('Ada Okafor', 'ada@customer.example'), to('Bea Finch', 'bea@customer.example')])
    await until(world, 'failed', 2)
    await admin.open('/staff/notifications')
    await manager.open('/staff/notifications')
    expect([bell(admin), bell(manager)]).to.deep.equal(['Notifications 1 unread', 'Notifications'])
    await admin.click('Some emails could not be sent')
    expect(admin.tableRows()).to.have.length(2)

    await admin.open('/staff/notifications')
    await admin.press('Mark all as read')
    await put(world, [to('Cal Dorn', 'cal@customer.example')])
    await until(world, 'failed', 3)
    await admin.open('/staff/notifications')
    expect(bell(admin)).to.equal('Notifications 1 unread')
    await world.end()
    await server.stop()
  })
})

function bell(browser: Browser): string {
  return browser.$(BELL).text().replace(/\s+/g, ' ').trim()
}

/** Tells the first member of staff so many things, and gives the ids of all notices there are. */
async function notices(world: World, count: number): Promise<number[]> {
  const [id = 0] = await world.db('staff_users').orderBy('id').pluck<number[]>('id')
  for (let n = 1; n <= count; n += 1) {
    const notice = { kind: 'test', title: `Notice ${String(n)}`, body: null, href: '/staff/imports' }
    await notify(world.db, [id], notice, world.now())
  }
  return world.db('notifications').orderBy('id').pluck<number[]>('id')
}
