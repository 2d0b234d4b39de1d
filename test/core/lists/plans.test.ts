import { expect } from 'chai'
import { countEvents, eventsPage } from '../../../src/core/audit/events.ts'
import type { ActivityFilter } from '../../../src/core/audit/filter.ts'
import { ALL_INVITATIONS, type InvitationFilter, type InvitationSort } from '../../../src/core/invitations/find.ts'
import { countInvitations, invitationsPage } from '../../../src/core/invitations/list.ts'
import { claimEmails, nextDue } from '../../../src/core/mail/delivery.ts'
import { countEmails, emailsPage } from '../../../src/core/mail/list.ts'
import { mailTrouble } from '../../../src/core/mail/upkeep.ts'
import {
  ALL_PORTAL_USERS,
  countPortalUsers,
  portalUsersPage,
  type PortalUserSort,
} from '../../../src/core/portal-users/list.ts'
import type { Stretch } from '../../../src/core/stretch.ts'
import { isPostgres, type Db } from '../../../src/db/index.ts'
import { openFreshDatabase, type OpenDatabase } from '../../support/engine.ts'
import { longLists } from '../../support/long-lists.ts'
import { asked, planOf, readWhole, sorts } from '../../support/plans.ts'

const NOW = Date.UTC(2026, 2, 1)
/** Two thirds of the mails are younger than this: as after a day of invitations. */
const BUSY_DAYS_MS = 40 * 86_400_000
const EVERYTHING: ActivityFilter = { text: '', actor: '', action: '', from: null, before: null }
const LONG = ['portal_users', 'emails', 'invitations', 'audit_events']
const FIRST: Stretch = { page: 1, perPage: 25, beside: null }
const PLACES: [string, Stretch][] = [
  ['at its beginning', FIRST],
  ['far on', { page: 60, perPage: 25, beside: { side: 'after', id: 1500 } }],
  ['on the way back', { page: 58, perPage: 25, beside: { side: 'before', id: 1500 } }],
]

/** A way to look at a list: what it reads for one page of it, and for how many there are. */
type Look = [name: string, page: (db: Db, stretch: Stretch) => Promise<unknown>, count: (db: Db) => Promise<unknown>]

const users = (by: PortalUserSort['by'], descending: boolean): Look => [
  `portal users by ${by}${descending ? ' backwards' : ''}`,
  (db, stretch) => portalUsersPage(db, ALL_PORTAL_USERS, { by, descending }, stretch, NOW),
  db => countPortalUsers(db, ALL_PORTAL_USERS),
]

const invitations = (filter: Partial<InvitationFilter>, sort: InvitationSort): Look => [
  `invitations ${JSON.stringify(filter)} ${JSON.stringify(sort)}`,
  (db, stretch) => invitationsPage(db, { ...ALL_INVITATIONS, ...filter }, sort, stretch, NOW),
  db => countInvitations(db, { ...ALL_INVITATIONS, ...filter }, NOW),
]

const activity = (filter: Partial<ActivityFilter>): Look => [
  `the activity log ${JSON.stringify(filter)}`,
  (db, stretch) => eventsPage(db, { ...EVERYTHING, ...filter }, stretch),
  db => countEvents(db, { ...EVERYTHING, ...filter }),
]

const SORTS: InvitationSort[] = (['to', 'written'] as const).flatMap(by =>
  [false, true].map(descending => ({ by, descending })),
)
const STATES = [null, 'pending', 'expired', 'accepted', 'cancelled', 'superseded'] as const

/** All that come in order of an index; what is found by a text, or of failed mails, are few, and sorted. */
const IN_ORDER: Look[] = [
  ...(['company', 'email'] as const).flatMap(by => [users(by, false), users(by, true)]),
  ...([null, 'queued', 'sent'] as const).map((status): Look => [
    `mails in state ${status ?? 'any'}`,
    (db, stretch) => emailsPage(db, status, stretch),
    db => countEmails(db, status),
  ]),
  ...STATES.flatMap(state => SORTS.map(sort => invitations({ state }, sort))),
  ...SORTS.map(sort => invitations({ portalId: 5 }, sort)),
  ...[
    {},
    { actor: 'staff:1' },
    { actor: 'portal_user' },
    { action: 'contact.added' },
    { actor: 'system', action: 'contact.added' },
    { from: NOW - 60 * 86_400_000, before: NOW - 60 * 86_400_000 + 500_000 },
  ].map(activity),
]

const FOUND: Look[] = [
  [
    'portal users by a text',
    (db, stretch) =>
      portalUsersPage(db, { ...ALL_PORTAL_USERS, text: 'son 77' }, { by: 'email', descending: false }, stretch, NOW),
    db => countPortalUsers(db, { ...ALL_PORTAL_USERS, text: 'son 77' }),
  ],
  [
    'portal users of a selection',
    (db, stretch) =>
      portalUsersPage(db, { text: '', selection: 'none' }, { by: 'email', descending: false }, stretch, NOW),
    db => countPortalUsers(db, { text: '', selection: 'none' }),
  ],
  invitations({ text: 'est 77' }, { by: 'to', descending: false }),
  invitations({ state: 'failed' }, { by: 'to', descending: false }),
  activity({ text: 'son 77' }),
]

describe('A long list', () => {
  let open: OpenDatabase
  before(async () => {
    open = await openFreshDatabase()
    await longLists(open.db, 3000, NOW)
  })
  after(() => open.end())

  for (const [where, stretch] of PLACES)
    for (const [name, page] of IN_ORDER)
      it(`of ${name} is read ${where} as an index has it`, async () => {
        for (const question of await asked(open.db, () => page(open.db, stretch))) {
          const plan = await planOf(open.db, question, true)

          expect(sorts(question, plan), [question.sql, ...plan].join('\n')).to.equal(false)
          expect(readWhole(question, plan), [question.sql, ...plan].join('\n')).not.to.include.oneOf(LONG)
        }
      })

  for (const [name, , count] of IN_ORDER)
    it(`of ${name} is counted with an index, and up to a point`, async () => {
      for (const question of await asked(open.db, () => count(open.db))) {
        const plan = await planOf(open.db, question)

        expect(readWhole(question, plan), [question.sql, ...plan].join('\n')).not.to.include.oneOf(LONG)
        expect(question.sql).to.include('limit')
      }
    })

  for (const [name, page, count] of FOUND)
    it(`of ${name} is found with an index`, async () => {
      const look = async () => [await count(open.db), await page(open.db, FIRST)]
      for (const question of await asked(open.db, look)) {
        const plan = await planOf(open.db, question)

        expect(readWhole(question, plan), [question.sql, ...plan].join('\n')).not.to.include.oneOf(LONG)
      }
    })

  it('of mails that wait is taken from as an index has it, whether few wait or most', async () => {
    const few = await waitingPlans()
    await open.db('emails').whereRaw('id % 30 > 0').update({ status: 'queued', send_after: NOW })
    const before = await waitingPlans()
    await counted()
    const most = await waitingPlans()

    expect([few, before, most].map(plans => plans.length)).to.deep.equal([2, 2, 2])
    for (const plan of [...few, ...before, ...most])
      expect(plan)
        .to.match(/emails_waiting/)
        .and.not.match(/Sort {2}|USE TEMP B-TREE/)
  })

  it('of mails is not read through to see whether all is well with mail', async () => {
    await counted()
    const [question, ...more] = await asked(open.db, () => mailTrouble(open.db, NOW - BUSY_DAYS_MS))
    if (!question) throw new Error('The database was asked nothing')
    const plan = (await planOf(open.db, question)).join('\n')

    expect(more).to.deep.equal([])
    expect(plan)
      .to.match(/emails_failed/)
      .and.match(/emails_put_off/)
    expect(plan).not.to.match(/emails_waiting|emails_by_status|emails_sending_since|Seq Scan|SCAN emails$/m)
  })

  async function counted(): Promise<void> {
    await open.db.raw(isPostgres(open.db) ? 'analyze emails' : 'analyze')
  }

  async function waitingPlans(): Promise<string[]> {
    const look = async () => [await nextDue(open.db), await claimEmails(open.db, { perMinute: 100, most: 24 }, NOW)]
    const plans: string[] = []
    for (const question of await asked(open.db, look))
      if (question.sql.includes("status = 'queued'")) plans.push((await planOf(open.db, question, true)).join('\n'))
    return plans
  }
})
