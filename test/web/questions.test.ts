import { expect } from 'chai'
import { aDocument, aFolder } from '../support/documents.ts'
import { aPortal, aPortalUser, manyContacts, OWN_PASSWORD, signInToPortal } from '../support/people.ts'
import { questionsOf } from '../support/questions.ts'
import { aWorld, type World } from '../support/world.ts'

describe('The questions of a page to the database', () => {
  let world: World
  beforeEach(async () => void (world = await aWorld()))
  afterEach(() => world.end())

  it('are three for the portals of a customer, however many they are: the session, what there is, and what is new', async () => {
    const portals = []
    for (let n = 1; n <= 8; n += 1) portals.push(await aPortal(world, `Portal ${String(n)}`))
    await aPortalUser(world, { name: 'Ada Okafor', portals })
    const ada = world.browser()
    await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)
    await world.db('portal_users').update({ previous_login_at: world.now() })
    world.later(1000)
    for (const { id } of portals) await aDocument(world, id, 'new.pdf')

    const asked = await questionsOf(world, () => ada.open('/portal/home'))

    expect(ada.text.match(/1 new document/g)).to.have.length(8)
    expect(asked, asked.join('\n')).to.have.length(3)
  })

  it('are four for documents, however many they are: the session, the portal, what there is, and a page of it', async () => {
    const portal = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Ada Okafor', portals: [portal] })
    for (let n = 1; n <= 9; n += 1) {
      const folderId = await aFolder(world, portal.id, `Folder ${String(n)}`)
      await aDocument(world, portal.id, `${String(n)}.pdf`, { folderId })
    }
    const ada = world.browser()
    await signInToPortal(ada, 'ada.okafor', OWN_PASSWORD)

    const asked = await questionsOf(world, () => ada.open('/portal/portals/orders/documents'))

    expect(ada.text).to.include('9 documents in Orders')
    expect(asked, asked.join('\n')).to.have.length(4)
  })

  it('wait four times for what is written at a sign-in: the limits, the try, what there is to remember, the session', async () => {
    await aPortalUser(world, { name: 'Ada Okafor' })
    const ada = world.browser()
    await ada.open('/portal/sign-in')
    ada.fill('Username', 'ada.okafor')
    ada.fill('Password', OWN_PASSWORD)

    const asked = await questionsOf(world, () => ada.press('Sign in'))

    const written = asked.flatMap(
      sql => /^(BEGIN|COMMIT)|^(?:insert into|update|delete from) .?(\w+)/.exec(sql)?.slice(1) ?? [],
    )
    expect(written.filter(Boolean)).to.deep.equal([
      'rate_limits',
      'sign_in_attempts',
      'BEGIN',
      'portal_users',
      'audit_events',
      'sign_in_attempts',
      'COMMIT',
      'sessions',
    ])
  })

  it('are few for portal users, however many they are', async () => {
    await manyContacts(world, { count: 200, login: true })
    const staff = await world.signedInStaff()

    const asked = await questionsOf(world, () => staff.open('/staff/portal-users'))

    expect(asked, asked.join('\n')).to.have.length.at.most(4)
  })
})
