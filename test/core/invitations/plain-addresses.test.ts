import { expect } from 'chai'
import fc from 'fast-check'
import { addContacts } from '../../../src/core/contacts/records.ts'
import { emailKey } from '../../../src/core/email-address.ts'
import { isPlainAddress } from '../../../src/core/invitations/plain-addresses.ts'
import { aWorld } from '../../support/world.ts'

// prettier-ignore
const PIECES = ['a', 'Z', '7', '42', '.', '@', '-', '_', '+', ' ', 'é', 'İ', '\u212a', 'xn--', 'co', 'example', '\n', '%', '"']

describe('An address that is plain in SQL', () => {
  it('is one for those who read addresses too, whatever people type', async () => {
    const pieces = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 7 })
    const typed = fc.sample(pieces, 4000).map(some => some.join(''))
    const long = [`${'a'.repeat(65)}@b.example`, `a@${'b'.repeat(64)}.example`]

    const plain = await plainOnes([...typed.flatMap(text => [text, `a@b${text}.co`, `${text}@b.co`]), ...long])

    expect(plain.length).to.be.greaterThan(20)
    expect(plain.filter(email => emailKey(email) === null)).to.deep.equal([])
  })

  it('is what nearly everybody has', async () => {
    const usual = ['ada@customer.example', 'Ada.Okafor+news@mail.customer.co', 'a_b-c@x-y.example']

    expect(await plainOnes(usual)).to.have.members(usual)
  })
})

/** Those of these addresses, each of a contact, that the database takes for plain. */
async function plainOnes(emails: string[]): Promise<string[]> {
  const world = await aWorld()
  const rest = { companyId: null, contactType: 'client' as const, phone: null, reference: null, notes: null }
  await addContacts(
    world.db,
    emails.map(email => ({ ...rest, name: 'Ada Okafor', email })),
    world.now(),
  )
  const plain = await world
    .db('contacts')
    .whereRaw('?', [isPlainAddress(world.db)])
    .pluck<string[]>('email')
  await world.end()
  return plain
}
