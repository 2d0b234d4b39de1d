import { expect } from 'chai'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { inviteContacts } from '../../../src/core/invitations/bulk.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { rowsOf } from '../../../src/db/asked.ts'
import { refreshStatistics } from '../../../src/db/statistics.ts'
import { engine } from '../../support/engine.ts'
import { aStaffActor } from '../../support/invitations.ts'
import { mostRows } from '../../support/most-rows.ts'
import { manyContacts } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

const CONTACTS = 1300
const AT_ONCE = 500

/** Of an index: two looks, a check and a new line, each a page or two deep. */
const PAGES_FOR_EACH = 7

describe('Inviting very many contacts', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
    await manyContacts(world, { count: CONTACTS })
  })
  afterEach(() => world.end())

  it('holds five hundred of them at a time, with one line in the log for the invitations and one for the portals', async () => {
    const most = mostRows(world)

    await inviteAll(world)

    expect(most).to.deep.equal({ read: AT_ONCE, written: AT_ONCE })
    const mails = await world.db('emails').whereNotNull('invitation_id').count({ total: '*' })
    expect(mails).to.deep.equal([{ total: CONTACTS }])
    const actions = await world.db('audit_events').orderBy('id').pluck<string[]>('action')
    expect(actions.filter(action => /invit|opened/.test(action))).to.deep.equal(['portals.opened', 'contacts.invited'])
  })

  if (engine === 'postgres')
    it('looks for the invitations of each alone, also where there were none when PostgreSQL counted them last', async () => {
      await refreshStatistics(world.db)
      const before = await pagesRead(world)

      await inviteAll(world)

      expect((await pagesRead(world)) - before).to.be.below(PAGES_FOR_EACH * CONTACTS)
    })
})

async function inviteAll(world: World): Promise<void> {
  const { db, deps, now } = world
  const staff = await aStaffActor(world)
  const selection = await selectMatching(db, staff, null, ALL_CONTACTS, now())
  const { mark: seen } = await planInvitations(db, selection, { by: 'invite', choice: 'own' }, now())
  const request = { selection, seen, formKey: 'once', leftOut: { groups: [], contactIds: [] }, message: null }
  await inviteContacts(db, deps, staff, { ...request, choice: 'own' }, now())
}

/** Of the index of open invitations, by everybody so far. */
async function pagesRead({ db }: World): Promise<number> {
  await db.raw('select pg_stat_force_next_flush()')
  const [row] = await rowsOf<{ pages: number }>(
    db,
    "select idx_blks_hit + idx_blks_read as pages from pg_statio_user_indexes where indexrelname = 'invitations_open'",
    [],
  )
  return row?.pages ?? 0
}
