import { expect } from 'chai'
import { count, datesIn, listOf } from '../../src/web/shared/words.ts'

describe('Words for people', () => {
  it('tell the time of day as clocks do, noon and midnight included', () => {
    const dates = datesIn('UTC')

    const times = [
      [0, 5],
      [9, 41],
      [12, 5],
      [15, 0],
    ].map(([hour, minute]) => dates.clock(Date.UTC(2026, 2, 12, hour, minute)))

    expect(times).to.deep.equal(['12:05am', '9:41am', '12:05pm', '3:00pm'])
  })

  it('tell a moment in the time zone of the office, also on the day the clocks change', () => {
    const dates = datesIn('Europe/London')

    const moments = [Date.UTC(2026, 2, 29, 0, 59), Date.UTC(2026, 2, 29, 1, 0)].map(ms => dates.moment(ms))

    expect(moments).to.deep.equal(['29 March 2026 at 12:59am', '29 March 2026 at 2:00am'])
  })

  it('count and list as sentences do', () => {
    expect([count(1, 'contact'), count(12_500, 'contact'), count(0, 'company', 'companies')]).to.deep.equal([
      '1 contact',
      '12,500 contacts',
      '0 companies',
    ])
    expect(['A', 'A,B', 'A,B,C'].map(words => listOf(words.split(',')))).to.deep.equal(['A', 'A and B', 'A, B and C'])
  })
})
