import { expect } from 'chai'
import { eventsPage } from '../../../src/core/audit/events.ts'
import { ALL_INVITATIONS } from '../../../src/core/invitations/find.ts'
import { invitationsPage } from '../../../src/core/invitations/list.ts'
import { emailsPage } from '../../../src/core/mail/list.ts'
import { ALL_PORTAL_USERS, portalUsersPage } from '../../../src/core/portal-users/list.ts'
import { countedUpTo, type Stretch, type Stretched } from '../../../src/core/stretch.ts'
import type { Db } from '../../../src/db/index.ts'
import { openFreshDatabase, type OpenDatabase } from '../../support/engine.ts'
import { longLists } from '../../support/long-lists.ts'

const NOW = Date.UTC(2026, 2, 1)
const MANY = 40
const EVERYTHING = { text: '', actor: '', action: '', from: null, before: null }

type Pages = (db: Db, stretch: Stretch) => Promise<Stretched<{ id: number }>>

const WALKS: [name: string, pages: Pages][] = [
  ['mails', (db, stretch) => emailsPage(db, null, stretch)],
  ['the activity log', (db, stretch) => eventsPage(db, EVERYTHING, stretch)],
  ...(['company', 'email'] as const).flatMap(by =>
    [false, true].map((descending): [string, Pages] => [
      `portal users by ${by}${descending ? ' backwards' : ''}`,
      (db, stretch) => portalUsersPage(db, ALL_PORTAL_USERS, { by, descending }, stretch, NOW),
    ]),
  ),
  ...(['to', 'written'] as const).map((by): [string, Pages] => [
    `invitations by ${by}`,
    (db, stretch) => invitationsPage(db, ALL_INVITATIONS, { by, descending: by === 'written' }, stretch, NOW),
  ]),
]

describe('Walking through a long list', () => {
  let open: OpenDatabase
  before(async () => {
    open = await openFreshDatabase()
    await longLists(open.db, MANY, NOW)
  })
  after(() => open.end())

  for (const [name, pages] of WALKS)
    it(`of ${name} from page to page, and back, shows what its pages show by number`, async () => {
      const ids = async (stretch: Stretch) => (await pages(open.db, stretch)).rows.map(row => row.id)
      const all = await ids({ page: 1, perPage: 100, beside: null })
      const walked: number[] = []
      for (let page = 1, rows = await ids({ page, perPage: 7, beside: null }); rows.length > 0; page += 1) {
        expect(await ids({ page, perPage: 7, beside: null })).to.deep.equal(rows)
        if (page > 1)
          expect(await ids({ page: page - 1, perPage: 7, beside: { side: 'before', id: rows[0] ?? 0 } })).to.deep.equal(
            walked.slice(-7),
          )
        walked.push(...rows)
        rows = await ids({ page: page + 1, perPage: 7, beside: { side: 'after', id: rows.at(-1) ?? 0 } })
      }

      expect(all).to.have.length.above(25)
      expect(walked).to.deep.equal(all)
    })

  it('counts no further than it has to, and says when there are more', async () => {
    expect(await countedUpTo(open.db, open.db('emails'), MANY)).to.deep.equal({ total: MANY, more: false })
    expect(await countedUpTo(open.db, open.db('emails'), MANY - 1)).to.deep.equal({ total: MANY - 1, more: true })
  })
})
