import { expect } from 'chai'
import fc from 'fast-check'
import { system } from '../../../src/core/actors.ts'
import { countEvents, eventsPage } from '../../../src/core/audit/events.ts'
import { record } from '../../../src/core/audit/record.ts'
import { changeCompany, company } from '../../../src/core/companies/companies.ts'
import { addCompanies } from '../../../src/core/companies/records.ts'
import { ALL_INVITATIONS, invitationsMatching } from '../../../src/core/invitations/find.ts'
import { normalized } from '../../../src/core/names.ts'
import { ALL_PORTAL_USERS, portalUsersMatching, portalUsersPage } from '../../../src/core/portal-users/list.ts'
import { addPortalUsers } from '../../../src/core/portal-users/records.ts'
import type { Way } from '../../../src/core/trigrams.ts'
import type { Db } from '../../../src/db/index.ts'
import { openFreshDatabase, type OpenDatabase } from '../../support/engine.ts'
import { longLists } from '../../support/long-lists.ts'

const NOW = Date.UTC(2026, 2, 1)
const NAMES = [
  'Ada',
  'Ádá %',
  'a_b',
  String.raw`b\c`,
  'Bb "x"',
  'Zoë Ådam',
  'mar',
  'Martin',
  'O’Mar',
  'İx',
  '東京都',
  'x*y',
]
const PARTS = [
  ...NAMES,
  'a',
  'd',
  '%',
  '_',
  '"',
  '\\',
  'mar',
  'tin',
  'son 1',
  'guest',
  '10',
  'ltd',
  'd l',
  '東',
  '京都',
  '*',
  'none',
]
const texts = fc.oneof(
  fc.constantFrom(...PARTS),
  fc.tuple(fc.constantFrom(...PARTS), fc.constantFrom(...PARTS)).map(two => two.join('')),
)

/** What stands in each row, as a person would write it down. */
type Said = Map<number, string[]>

describe('What a search of a long list finds', () => {
  let open: OpenDatabase
  let db: Db
  before(async () => {
    open = await openFreshDatabase()
    db = open.db
    await longLists(db, 30, NOW)
    await someNames(db)
  })
  after(() => open.end())

  it('is each portal user with the text, however it is looked for', async () => {
    const rows = await db('portal_users')
      .leftJoin('contacts', 'contacts.id', 'portal_users.contact_id')
      .joinRaw('left join companies on companies.id = coalesce(portal_users.company_id, contacts.company_id)')
      .select<Record<string, string | null>[]>(
        'portal_users.id',
        'portal_users.name',
        'username',
        'companies.name as company',
      )
    const said = saidBy(rows)

    await finds(said, (text, way) =>
      portalUsersMatching(db, { ...ALL_PORTAL_USERS, text }, { text: way, selection: way }).pluck('portal_users.id'),
    )
  })

  it('is each invitation with the text, or whose portal or contact has it', async () => {
    const rows = await db('invitations')
      .whereNot('status', 'superseded')
      .join('portals', 'portals.id', 'invitations.portal_id')
      .leftJoin('contacts', 'contacts.id', 'invitations.contact_id')
      .select<Record<string, string | null>[]>(
        'invitations.id',
        'invitations.name',
        'invitations.email',
        'portals.name as portal',
        'contacts.name as contact',
      )
    const said = saidBy(rows)

    await finds(said, (text, way) =>
      invitationsMatching(db, { ...ALL_INVITATIONS, text }, NOW, way).pluck('invitations.id'),
    )
  })

  it('is each line of the log with the text, or of somebody who has it', async () => {
    const everything = { actor: '', action: '', from: null, before: null }
    for (const [text, many] of [
      ['okafor', 1],
      ['ROSA', 10],
      ['son 17', 1],
      ['ádá %', 1],
      ['"', 30 + NAMES.length],
      ['zz', 0],
    ] as const) {
      const { rows } = await eventsPage(db, { ...everything, text }, { page: 1, perPage: 100, beside: null })

      expect(rows, text).to.have.length(many)
      expect((await countEvents(db, { ...everything, text })).total, text).to.equal(many)
    }
  })

  it('follows a company that is renamed, in text and order', async () => {
    const found = await company(db, 3)
    await changeCompany(
      db,
      system,
      { id: 3, seen: found?.updatedAt ?? 0 },
      { name: 'Ångström AB', email: null, phone: null, reference: null },
      NOW,
    )

    const filter = { ...ALL_PORTAL_USERS, text: 'angstrom' }
    const { rows } = await portalUsersPage(
      db,
      filter,
      { by: 'company', descending: false },
      { page: 1, perPage: 10, beside: null },
      NOW,
    )

    expect(rows.map(row => row.company)).to.include('Ångström AB')
  })

  async function finds(said: Said, find: (text: string, way: Way) => PromiseLike<number[]>): Promise<void> {
    await fc.assert(
      fc.asyncProperty(texts, fc.constantFrom<Way>('in-each', 'at-first'), async (text, way) => {
        const wanted = normalized(text)
        const expected = [...said].filter(([, parts]) => parts.some(part => part.includes(wanted))).map(([id]) => id)
        expect(
          [...(await find(text, way))].toSorted((a, b) => a - b),
          text,
        ).to.deep.equal(expected.toSorted((a, b) => a - b))
      }),
      { numRuns: 80 },
    )
  }
})

function saidBy(rows: Record<string, string | null>[]): Said {
  return new Map(rows.map(({ id, ...parts }) => [Number(id), Object.values(parts).map(part => normalized(part ?? ''))]))
}

/** People, invitations and lines with every name. */
async function someNames(db: Db): Promise<void> {
  await db.transaction(async trx => {
    const [companyId = 0] = await addCompanies(
      trx,
      [{ name: 'Wool Ltd', email: null, phone: null, reference: null }],
      NOW,
    )
    const users = NAMES.map((name, n) => ({
      contactId: null,
      companyId: n % 2 ? companyId : null,
      name,
      username: `user-${String(n)}`,
      email: null,
      temporaryPasswordHash: null,
    }))
    await addPortalUsers(trx, users, NOW)
    for (const [n, name] of NAMES.entries()) {
      await trx('invitations')
        .where({ id: n + 1 })
        .update({ name, search_name: normalized(name) })
      await record(trx, system, 'portal.added', null, { name: n === 0 ? 'Okafor' : name }, NOW)
    }
    await trx('portals').where({ id: 2 }).update({ name: 'Ádám', name_normalized: 'adam' })
    await trx('contacts')
      .where({ id: 3 })
      .update({ name: '東京都', name_normalized: normalized('東京都') })
  })
}
