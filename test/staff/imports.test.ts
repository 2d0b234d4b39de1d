import { expect } from 'chai'
import { readdirSync } from 'node:fs'
import path from 'node:path'
import { aContact, aPortal, aPortalUser, portalsOf } from '../support/people.ts'
import { choose } from '../support/contact-files.ts'
import { aWorld, type World } from '../support/world.ts'

describe('Importing contacts', () => {
  let world: World
  beforeEach(async () => {
    world = await aWorld()
  })
  afterEach(() => world.end())

  it('is not for strangers or viewers', async () => {
    const stranger = world.browser()
    await stranger.open('/staff/import-export')
    expect(stranger.path).to.include('/staff/sign-in')

    const viewer = await world.signedInStaff('viewer')
    for (const page of ['/staff/import-export', '/staff/imports', '/staff/imports/1', '/staff/imports/1/columns']) {
      await viewer.open(page)
      expect(viewer.status).to.equal(403)
    }
    await viewer.post('/staff/imports/1/confirm', {})
    expect(viewer.status).to.equal(403)
  })

  it('takes three presses when the columns have their names, and gives access', async () => {
    await aPortal(world, 'Orders')
    await aPortal(world, 'Documents')
    const staff = await world.signedInStaff()

    await choose(
      staff,
      'Name,Email,Company,Username,Password,Portals\nAda Okafor,ada@harbour.example,Harbour Foods,ada,harbour-2026,Orders; documents\n',
    )
    expect(staff.h1).to.equal('Match columns')
    expect(staff.text).to.include('••••').and.not.to.include('harbour-2026')
    await staff.press('Check the file')
    expect(staff.h1).to.equal('Check 1 row before importing')
    expect(staff.facts()).to.include({ 'Rows read': '1', 'Will be added': '1', 'With problems': '0' })
    await staff.press('Import 1 row')

    expect(staff.h1).to.equal('Import finished')
    expect(staff.text).to.include('The records were imported successfully.')
    expect(staff.facts()).to.include({ 'Rows read': '1', 'Contacts added': '1', 'Not imported': '0' })
    expect(await world.db('portal_users').select('username', 'email', 'name')).to.deep.equal([
      { username: 'ada', email: 'ada@harbour.example', name: 'Ada Okafor' },
    ])
    expect((await world.db('portal_access').where({ source: 'import' }).whereNotNull('batch_id')).length).to.equal(2)
    expect(filesKept(world)).to.deep.equal([])
  })

  it('shows what would change, old and new, before it changes anything', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortal(world, 'Documents')
    const { contactId } = await aPortalUser(world, { name: 'Bea Lund', portals: [orders] })
    const staff = await world.signedInStaff()

    await choose(staff, `Contact ID,Name,Phone,Portals\n${String(contactId)},Bea Lund-Fry,020 7946 0018,Documents\n`)
    await staff.press('Check the file')

    const [row = []] = staff.tableRows('first rows that change')
    expect(row[3])
      .to.include('Name: Bea Lund → Bea Lund-Fry')
      .and.include('Phone: 020 7946 0018')
      .and.include('Portals: Orders → Orders; Documents')
    expect(await portalsOf(world, contactId)).to.deep.equal(['Orders'])
    await staff.press('Import 1 row')
    expect(await portalsOf(world, contactId)).to.have.members(['Orders', 'Documents'])
  })

  it('replaces the portals when that is chosen', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortal(world, 'Documents')
    const { contactId } = await aPortalUser(world, { name: 'Bea Lund', portals: [orders] })
    const staff = await world.signedInStaff()

    await choose(staff, `Contact ID,Name,Portals\n${String(contactId)},Bea Lund,Documents\n`)
    staff.choose('Replace them')
    await staff.press('Check the file')
    expect(staff.text).to.include('Portals in the file are put in place of those a contact has.')
    expect(staff.text).to.include('Portals: Orders → Documents')
    await staff.press('Import 1 row')

    expect(await portalsOf(world, contactId)).to.deep.equal(['Documents'])
  })

  it('changes nothing when an export comes back as it was', async () => {
    const orders = await aPortal(world, 'Orders')
    await aPortalUser(world, { name: 'Bea Lund', portals: [orders] })
    await aContact(world, '=Cal', {
      email: 'shared@x.example',
      phone: '+44 20 7946 0018',
      notes: "'- one\n- two",
      reference: '-12',
    })
    await aContact(world, "'@Dee", { email: 'shared@x.example', contactType: 'supplier', notes: 'a\r\nb' })
    const staff = await world.signedInStaff()
    const { text } = await staff.download('/staff/contacts/export.csv')

    await choose(staff, text)
    await staff.press('Check the file')

    expect(staff.facts()).to.include({ 'Rows read': '3', 'Already up to date': '3', 'With problems': '0' })
  })

  it('imports the good rows, and takes the others back in a file that says what to change', async () => {
    await aPortal(world, 'Orders')
    const staff = await world.signedInStaff()
    const rows = [
      'Ada,ada@x.example,ada,harbour-2026,Orders',
      'Bea,bea@,bea,harbour-2026,Orders',
      'Cal,cal@x.example,cal,harbour-2026,Ordres',
    ]

    await choose(staff, ['Name,Email,Username,Password,Portals', ...rows].join('\n'))
    await staff.press('Check the file')
    expect(staff.tableRows('with problems')).to.deep.equal([
      ['Row 3', 'Bea', 'Email', 'bea@', 'Enter an email address like name@example.com'],
      ['Row 4', 'Cal', 'Portals', 'Ordres', 'There is no portal with this name. Did you mean “Orders”?'],
    ])
    await staff.press('Import the 1 good row')
    expect(staff.h1).to.equal('Import finished: 2 rows to fix')
    expect(staff.facts()).to.include({ 'Rows read': '3', 'Contacts added': '1', 'Not imported': '2' })
    const { text } = await staff.download('Download 2 rows to fix (CSV)')
    expect(text).to.match(/^\ufeff?"Name","Email","Username","Password","Portals","Problem"\r\n/)
    expect(text).not.to.include('harbour-2026')
    expect(text).to.include('fill it in again')

    const fixed = text
      .replace('bea@', 'bea@x.example')
      .replace('"Ordres"', '"Orders"')
      .replaceAll('"bea",""', '"bea","harbour-2026"')
      .replaceAll('"cal",""', '"cal","harbour-2026"')
    await choose(staff, fixed)
    await staff.press('Check the file')
    await staff.press('Import 2 rows')
    expect(staff.h1).to.equal('Import finished')
    expect((await world.db('contacts')).length).to.equal(3)
    expect((await world.db('portal_access')).length).to.equal(3)
  })

  it('names the companies it would add, and writes down whom it added and changed', async () => {
    const bea = await aContact(world, 'Bea', { email: 'bea@x.example' })
    const staff = await world.signedInStaff()
    const names = Array.from({ length: 22 }, (_, index) => `Person ${String(index)},,Firm ${String(index)}`)
    await choose(staff, ['Name,Email,Company', ...names, 'Bea,bea@x.example,FIRM 1'].join('\n'))
    await staff.press('Check the file')
    expect(staff.text)
      .to.include('22 companies not known yet will be added: Firm 0, Firm 1,')
      .and.include('and 2 more.')
    await staff.press('Import 23 rows')

    const [line] = (await world.db('audit_events').where({ action: 'import.rows-written' })) as { data: string }[]
    const first = bea + 1
    expect(JSON.parse(line?.data ?? '{}')).to.include({
      rows: '1-24',
      addedIds: `${String(first)}-${String(first + 21)}`,
      changedIds: String(bea),
      created: 22,
      updated: 1,
      companies: 22,
    })
    const logged = world.db('import_rows').where({ action: 'create' }).orderBy('row_number')
    expect((await logged.pluck('subject_id')).slice(0, 2)).to.deep.equal([first, first + 1])
  })

  it('mails sign-in details to an address that was corrected on the contact before', async () => {
    const jon = await aPortalUser(world, { name: 'Jon', email: 'jon@wrong.example', own: false })
    const right = { email: 'jon@right.example', email_normalized: 'jon@right.example' }
    await world.db('contacts').where({ id: jon.contactId }).update(right)
    const staff = await world.signedInStaff()
    await choose(staff, `Contact ID,Name,Password\n${String(jon.contactId)},Jon,harbour-2026\n`)
    await staff.press('Check the file')
    expect(staff.text).to.include('Email: jon@wrong.example → jon@right.example')
    staff.tick('Email each person their username and temporary password when the import has finished')
    await staff.press('Import 1 row')

    expect(await world.db('emails').pluck('to_email')).to.deep.equal(['jon@right.example'])
    expect(await world.db('portal_users').pluck('email')).to.deep.equal(['jon@right.example'])
  })

  it('mails sign-in details only when that is ticked, and only after the end', async () => {
    await aPortal(world, 'Orders')
    const staff = await world.signedInStaff()
    await choose(
      staff,
      'Name,Email,Username,Password,Portals\nAda,ada@x.example,ada,harbour-2026,Orders\nBea,,bea,harbour-2026,Orders\n',
    )
    await staff.press('Check the file')
    staff.tick('Email each person their username and temporary password when the import has finished')
    await staff.press('Import 2 rows')

    expect(await world.db('emails').select('to_email', 'status')).to.deep.equal([
      { to_email: 'ada@x.example', status: 'queued' },
    ])
    expect(staff.text).to.include('1 email in the outbox')
    expect(staff.text).to.include(
      '1 person got a temporary password but no email, because no email address is known: Bea.',
    )
    const [email] = (await world.db('emails').select('masked_text')) as { masked_text: string }[]
    expect(email?.masked_text).not.to.include('harbour-2026')
  })
})

function filesKept(world: World): string[] {
  return ['imports', 'uploads'].flatMap(folder => readdirSync(path.join(world.config.dataDir, folder)))
}
