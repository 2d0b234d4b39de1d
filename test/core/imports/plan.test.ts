import { expect } from 'chai'
import { matchedColumns } from '../../../src/core/imports/columns.ts'
import { contactRow } from '../../../src/core/imports/contact-row.ts'
import { knownAbout } from '../../../src/core/imports/known.ts'
import { planRows, type PlannedRow } from '../../../src/core/imports/plan.ts'
import { nothingSeen } from '../../../src/core/imports/seen.ts'
import { aCompany, aContact, aPortal, aPortalUser, type SomePortalUser } from '../../support/people.ts'
import { aWorld, type World } from '../../support/world.ts'

/**
 * Ada has chosen a password, Bea, Jon and Mia have a temporary one, with which Mia has signed in. Cal and Dee have no login and share an address, Eve is
 * archived.
 */
interface Cast {
  ada: SomePortalUser
  bea: SomePortalUser
  mia: SomePortalUser
  cal: number
  dee: number
  eve: number
}

describe('The plan of an import', () => {
  let world: World
  let cast: Cast
  before(async () => {
    world = await aWorld()
    cast = await standingPeople(world)
  })
  after(() => world.end())

  const rows: [what: string, row: (cast: Cast) => Record<string, string>, expected: string][] = [
    ['adds somebody nobody knows', () => ({ Name: 'Fay' }), 'create Name'],
    ['finds a contact by id', ({ ada }) => ({ 'Contact ID': String(ada.contactId), Name: 'Ada Lind' }), 'update Name'],
    [
      'finds a contact by address, in any capitals',
      () => ({ Name: 'Ada', Email: 'ADA@Customer.Example' }),
      'unchanged',
    ],
    ['finds a contact by username', () => ({ Name: 'Ada', Username: ' ada ', Phone: '1' }), 'update Phone'],
    ['never finds a contact by name', () => ({ Name: 'Ada', Email: 'new@x.example' }), 'create Name, Email'],
    [
      'changes nothing where all is so already',
      () => ({ Name: 'Ada', Email: 'ada@customer.example', Username: 'ada' }),
      'unchanged',
    ],
    [
      'keeps what a blank cell says nothing about',
      () => ({ Name: '', Email: 'ada@customer.example', Phone: '' }),
      'unchanged',
    ],
    ['needs a name for somebody new', () => ({ Name: '', Email: 'new@x.example' }), 'error name-missing'],
    ['knows no id that is not there', () => ({ 'Contact ID': '999999', Name: 'X' }), 'error unknown-id'],
    ['takes only a number as id', () => ({ 'Contact ID': '12x', Name: 'X' }), 'error bad-id'],
    [
      'stops when id and address are two people',
      ({ cal }) => ({ 'Contact ID': String(cal), Name: 'Cal', Email: 'ada@customer.example' }),
      'error different-people',
    ],
    [
      'stops when the username is somebody else’s',
      ({ cal }) => ({ 'Contact ID': String(cal), Name: 'Cal', Username: 'ada', Password: 'harbour-2026' }),
      'error username-taken',
    ],
    [
      'stops when several contacts have the address',
      () => ({ Name: 'Cal', Email: 'shared@x.example' }),
      'error several-contacts',
    ],
    [
      'tells several contacts with one address by id',
      ({ dee }) => ({ 'Contact ID': String(dee), Name: 'Dee', Email: 'shared@x.example' }),
      'unchanged',
    ],
    ['leaves an archived contact alone', ({ eve }) => ({ 'Contact ID': String(eve), Name: 'Eve' }), 'error archived'],
    [
      'leaves an archived contact alone by address too',
      () => ({ Name: 'Eve', Email: 'eve@x.example' }),
      'error archived',
    ],
    ['refuses an address that is none', () => ({ Name: 'X', Email: 'x@' }), 'error bad-email'],
    ['refuses a type that is none', () => ({ Name: 'X', Type: 'Friend' }), 'error bad-type'],
    ['takes a type in any capitals', () => ({ Name: 'X', Type: 'supplier' }), 'create Name, Type'],
    [
      'empties a field when told to',
      () => ({ Name: 'Ada', Email: 'ada@customer.example', Phone: '(CLEAR)' }),
      'unchanged',
    ],
    ['does not empty a name', () => ({ Name: '(clear)', Email: 'ada@customer.example' }), 'error cannot-clear'],
    [
      'takes a company that is there, in any capitals and accents',
      () => ({ Name: 'X', Company: 'cafe  zürich' }),
      'create Name, Company',
    ],
    ['stops at a company name that two have', () => ({ Name: 'X', Company: 'Twin' }), 'error several-companies'],
    ['refuses the reference of another contact', () => ({ Name: 'X', Reference: 'CAL-1' }), 'error reference-taken'],
    [
      'makes a login from username and password',
      () => ({ Name: 'X', Username: 'x', Password: 'harbour-2026' }),
      'create Name, Username, Password',
    ],
    ['needs a password for a login', () => ({ Name: 'X', Username: 'x' }), 'error username-without-password'],
    [
      'needs a username for a login',
      () => ({ Name: 'X', Password: 'harbour-2026' }),
      'error password-without-username',
    ],
    ['needs a login for portals', () => ({ Name: 'X', Portals: 'Orders' }), 'error portals-without-login'],
    ['needs eight characters', () => ({ Name: 'X', Username: 'x', Password: 'short' }), 'error too-short'],
    [
      'refuses a username that is the address of another login',
      () => ({ Name: 'X', Username: 'ada@customer.example', Password: 'harbour-2026' }),
      'error username-taken',
    ],
    [
      'refuses an address that another login signs in with',
      () => ({ Name: 'X', Email: 'sign-in@x.example', Username: 'x', Password: 'harbour-2026' }),
      'error email-taken',
    ],
    [
      'says which portal is not there',
      () => ({ Name: 'Ada', Email: 'ada@customer.example', Portals: 'Orders; Nowhere' }),
      'error unknown-portal',
    ],
    [
      'adds portals to those there are',
      () => ({ Name: 'Ada', Email: 'ada@customer.example', Portals: 'Documents' }),
      'update Portals',
    ],
    [
      'takes portals away only when told to',
      () => ({ Name: 'Ada', Email: 'ada@customer.example', Portals: '(clear)' }),
      'update Portals',
    ],
    [
      'leaves the password of somebody who has chosen their own',
      () => ({ Name: 'Ada', Email: 'ada@customer.example', Password: 'harbour-2026' }),
      'unchanged; password-ignored',
    ],
    [
      'gives a new temporary password to somebody who signed in with one and never chose',
      () => ({ Name: 'Bea', Email: 'bea@customer.example', Password: 'harbour-2026' }),
      'update Password',
    ],
    [
      'renames the login of somebody with a temporary password',
      () => ({ Name: 'Bea', Email: 'bea@customer.example', Username: 'bea.lind' }),
      'update Username',
    ],
    [
      'leaves the username of somebody who has chosen a password',
      () => ({ Name: 'Ada', Email: 'ada@customer.example', Username: 'ada.lind' }),
      'unchanged; username-stays',
    ],
    [
      'leaves the sign-in address of somebody who has chosen a password',
      ({ ada }) => ({ 'Contact ID': String(ada.contactId), Name: 'Ada', Email: 'ada@new.example' }),
      'update Email; sign-in-email-stays',
    ],
    [
      'moves the sign-in address of somebody who has not',
      ({ bea }) => ({ 'Contact ID': String(bea.contactId), Name: 'Bea', Email: 'bea@new.example' }),
      'update Email',
    ],
    [
      'leaves the sign-in address of somebody who has signed in, whatever password they have',
      ({ mia }) => ({
        'Contact ID': String(mia.contactId),
        Name: 'Mia',
        Email: 'mia@new.example',
        Password: 'harbour-2026',
      }),
      'update Email, Password; sign-in-email-stays',
    ],
    [
      'brings a sign-in address up to date that was corrected elsewhere before',
      () => ({ Name: 'Jon', Email: 'jon@right.example', Password: 'harbour-2026' }),
      'update Email, Password',
    ],
    [
      'does not hit somebody else by their username when the addresses differ',
      () => ({ Name: 'Ada B.', Email: 'ada.b@x.example', Username: 'ada', Password: 'harbour-2026' }),
      'error username-taken',
    ],
    [
      'stops when neither name nor address is that of the contact with the id',
      ({ ada }) => ({ 'Contact ID': String(ada.contactId), Name: 'Bob Stone', Email: 'bob@x.example' }),
      'error other-person',
    ],
    [
      'takes an ID of another system for no contact ID',
      () => ({ ID: '1', 'Contact No': '1', Name: 'Fay' }),
      'create Name',
    ],
    [
      'takes the address as username when there is a password and no username',
      () => ({ Name: 'Fay', Email: 'fay@x.example', Username: '', Password: 'harbour-2026' }),
      'create Name, Email, Username, Password',
    ],
    [
      'needs a name that can be seen',
      () => ({ Name: '\u200b\u2060', Email: 'new@x.example' }),
      'error control-characters',
    ],
    [
      'takes a username that is an address for that address, however its domain is written',
      () => ({ Name: 'Kim', Email: 'anna@xn--mnchen-3ya.de', Username: 'kim', Password: 'harbour-2026' }),
      'error email-taken',
    ],
    [
      'says nothing about odd cells that are stored so already',
      () => ({
        Name: '(clear)',
        Email: 'odd@x.example',
        Phone: '1e5',
        Reference: '2E10',
        Notes: 'a\u0001b',
        Company: '(clear)',
      }),
      'unchanged',
    ],
    [
      'says what is wrong with odd cells that are new',
      () => ({ Name: '(clear)', Email: 'odd@x.example', Phone: '1e6' }),
      'error damaged-number',
    ],
  ]

  for (const [what, row, expected] of rows) {
    it(what, async () => {
      const [planned] = await planOf([row(cast)])
      expect(planned && told(planned)).to.equal(expected)
    })
  }

  it('takes the first of two rows about one contact, and names it in the other', async () => {
    const planned = await planOf([
      { Name: 'Ada', Email: 'ada@customer.example', 'Contact ID': '' },
      { Name: 'Ada', Email: '', 'Contact ID': String(cast.ada.contactId) },
      { Name: 'Gus', Email: 'gus@x.example', 'Contact ID': '' },
      { Name: 'Gus', Email: 'GUS@x.example', 'Contact ID': '' },
    ])

    expect(planned.map(told)).to.deep.equal([
      'unchanged',
      'error twice-in-file',
      'create Name, Email',
      'error twice-in-file',
    ])
    expect(planned.map(({ problems }) => problems[0]?.about)).to.deep.equal([undefined, 2, undefined, 4])
  })

  it('takes nothing of one row into the next', async () => {
    const planned = await planOf([
      { Name: 'Hal', Email: 'hal@x.example', Phone: '1' },
      { Name: 'Ida', Email: '', Phone: '' },
    ])

    expect(planned[1]?.fields).to.include({ email: null, phone: null })
  })

  it('takes away what is not in the file when portals are replaced', async () => {
    const [planned] = await planOf([{ Name: 'Ada', Email: 'ada@customer.example', Portals: 'Documents' }], 'replace')

    expect(planned?.changes).to.deep.equal([{ field: 'portals', from: 'Orders', to: 'Documents' }])
    expect(planned?.login?.takeAccess).to.have.length(1)
  })

  async function planOf(objects: Record<string, string>[], portals: 'add' | 'replace' = 'add'): Promise<PlannedRow[]> {
    const headings = Object.keys(objects[0] ?? {})
    const columns = matchedColumns(headings, {})
    const read = objects.map((object, index) =>
      contactRow({ number: index + 2, cells: headings.map(heading => object[heading] ?? ''), odd: [] }, columns),
    )
    return planRows(read, await knownAbout(world.db, read), nothingSeen(), portals)
  }
})

function told({ action, changes, problems, warnings }: PlannedRow): string {
  const words =
    action === 'error'
      ? problems.map(problem => problem.code)
      : changes.map(({ field }) => field.replace(/^./, first => first.toUpperCase()))
  return [
    [action, words.join(', ')].filter(part => part !== '').join(' '),
    ...warnings.map(warning => warning.code),
  ].join('; ')
}

async function standingPeople(world: World): Promise<Cast> {
  const orders = await aPortal(world, 'Orders')
  await aPortal(world, 'Documents')
  const ada = await aPortalUser(world, { name: 'Ada', username: 'ada', portals: [orders] })
  const bea = await aPortalUser(world, { name: 'Bea', username: 'bea', own: false })
  const gil = await aPortalUser(world, { name: 'Gil', username: 'gil', email: 'sign-in@x.example' })
  await world
    .db('contacts')
    .where({ id: gil.contactId })
    .update({ email: 'gil@x.example', email_normalized: 'gil@x.example' })
  const mia = await aPortalUser(world, { name: 'Mia', own: false })
  await world.db('portal_users').where({ id: mia.id }).update({ first_login_at: world.now() })
  const jon = await aPortalUser(world, { name: 'Jon', username: 'jon', email: 'jon@wrong.example', own: false })
  await world
    .db('contacts')
    .where({ id: jon.contactId })
    .update({ email: 'jon@right.example', email_normalized: 'jon@right.example' })
  await aPortalUser(world, { name: 'Anna', username: 'anna@münchen.de', email: null })
  await aContact(world, '(clear)', {
    email: 'odd@x.example',
    phone: '1e5',
    reference: '2E10',
    notes: 'a\u0001b',
    companyId: await aCompany(world, '(clear)'),
  })
  const cal = await aContact(world, 'Cal', { email: 'shared@x.example', reference: 'CAL-1' })
  const dee = await aContact(world, 'Dee', { email: 'shared@x.example' })
  const eve = await aContact(world, 'Eve', { email: 'eve@x.example' })
  await world.db('contacts').where({ id: eve }).update({ archived_at: world.now() })
  for (const name of ['Café Zürich', 'Twin', 'twin']) await aCompany(world, name)
  return { ada, bea, mia, cal, dee, eve }
}
