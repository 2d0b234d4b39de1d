import { expect } from 'chai'
import { isPostgres } from '../../src/db/index.ts'
import type { Browser } from '../support/browser.ts'
import { put, to } from '../support/outbox.ts'
import { manyContacts } from '../support/people.ts'
import { aWorld, type World } from '../support/world.ts'

/** A time in ms that no calendar has. */
const AFTER_ALL_DATES = 8_640_000_000_000_001

/** An export reads so many pages of contacts; at the last one it is to fail. */
const PAGES = 3

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

    expect([failed.status, other.status, later.status]).to.deep.equal([500, 200, 200])
    expect(failed.text)
      .to.include('Sorry, something went wrong')
      .and.not.match(/no such table|does not exist|\.ts:\d/)
    expect(lineSaying('a request failed')).to.include(referenceIn(failed.text))
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

  it('is answered by the same page when its own cannot be drawn, of which nothing is sent', async () => {
    const admin = await world.signedInStaff('admin')
    await put(world, [to('Ada Okafor', 'ada@customer.example')])
    await world.db('emails').update({ created_at: AFTER_ALL_DATES })

    const failed = await admin.raw('GET', '/staff/emails')
    const other = await admin.raw('GET', '/staff/imports')

    expect([failed.status, other.status]).to.deep.equal([500, 200])
    expect(failed.text)
      .to.include('Sorry, something went wrong')
      .and.not.match(/Outbox|ada@|RangeError|\.ejs/)
    expect(lineSaying('Invalid time value')).to.include(referenceIn(failed.text))
  })

  for (const ending of ['csv', 'xlsx']) {
    it(`cuts off a file that it has sent half of (${ending}), and nobody else notices`, async () => {
      const staff = await world.signedInStaff()
      await manyContacts(world, { count: PAGES * 500 })
      let pages = 0
      const failAtTheLast = ({ sql }: { sql: string }): void => {
        if (/contacts.\..id. > /.test(sql) && (pages += 1) === PAGES) throw new Error('the disk is gone')
      }
      world.db.on('query', failAtTheLast)

      const fate = await fateOf(staff, `/staff/contacts/export.${ending}`)
      const other = await staff.raw('GET', '/staff/imports')
      world.db.removeListener('query', failAtTheLast)
      const whole = await staff.raw('GET', `/staff/contacts/export.${ending}`)

      expect([pages, fate, other.status, whole.status]).to.deep.equal([PAGES, 'cut off', 200, 200])
      const { reqId, msg } = JSON.parse(lineSaying('the disk is gone')) as { reqId: string; msg: string }
      expect(msg).to.equal('a download failed half-way')
      expect(lineSaying('request aborted')).to.include(reqId).and.include(`/staff/contacts/export.${ending}`)
    })
  }

  function lineSaying(words: string): string {
    return said.split('\n').find(line => line.includes(words)) ?? expect.fail(`the log does not say ${words}`)
  }
})

/** What became of a file that somebody asked for. */
function fateOf(browser: Browser, path: string): Promise<string> {
  return browser.download(path).then(
    () => 'whole',
    (error: unknown) => (/terminated/.test(String(error)) ? 'cut off' : String(error)),
  )
}

function referenceIn(html: string): string {
  return /reference: ([0-9a-f-]{36})/.exec(html.replaceAll(/<[^>]+>/g, ''))?.[1] ?? 'none'
}
