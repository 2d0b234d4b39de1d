import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { describeOn } from '../../support/engine.ts'
import { companiesFor, people } from './people.ts'

const MANY = 3000

describeOn('sqlite')('The people of the bench', () => {
  it('are the same at every run, whichever part of them is asked for', () => {
    const everyone = people(MANY)

    const digest = createHash('sha256').update(JSON.stringify(everyone)).digest('hex')
    expect(digest).to.equal('ef6dffbeeb53451ae8ae3d331526758acf9f86632b48dbc23fb041bcda0e8b7f')
    expect(people(10, { first: 700, all: MANY })).to.deep.equal(everyone.slice(700, 710))
  })

  it('share no address and no username', () => {
    const everyone = people(MANY)

    expect(new Set(everyone.map(one => one.email))).to.have.property('size', MANY)
    expect(new Set(everyone.map(one => one.username))).to.have.property('size', MANY)
  })

  it('have accents, companies of the office, duplicates, and sometimes no phone', () => {
    const everyone = people(MANY)

    const companies = new Set(companiesFor(MANY))
    const twins = everyone.filter(({ name, company }, index) => {
      const before = everyone[index - 1]
      return before?.name === name && before.company === company
    })
    expect(everyone.every(one => companies.has(one.company))).to.equal(true)
    expect(everyone.filter(one => /[^\p{ASCII}]/u.test(one.name)).length).to.be.above(MANY / 4)
    expect(twins.length).to.be.within(MANY / 60, MANY / 25)
    expect(everyone.filter(one => one.phone === '').length).to.be.within(MANY / 9, MANY / 5)
  })
})
