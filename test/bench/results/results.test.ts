import { expect } from 'chai'
import { describeOn } from '../../support/engine.ts'
import { comparison, comparisonLines } from './against.ts'
import { markdownOf } from './markdown.ts'
import { figureOf, median, percentile, short } from './numbers.ts'
import { isMet, rowOf, type Line, type Row } from './row.ts'
import { tableOf } from './table.ts'

const GRANT: Line = {
  job: 'B4',
  what: 'grant',
  contacts: 1000,
  engine: 'sqlite',
  unit: 'ms',
  goal: { within: 4 },
  note: '',
}

describeOn('sqlite')('Figures of the bench', () => {
  it('have the middle, and the lowest and the highest round', () => {
    expect(median([3, 1, 2])).to.equal(2)
    expect(median([4, 1, 2, 3])).to.equal(2.5)
    expect(figureOf([30, 10, 20])).to.deep.equal({ median: 20, low: 10, high: 30, rounds: 3 })
    expect(percentile([1, 2, 3, 4], 0.99)).to.equal(4)
    expect([0.1234, 12.34, 1234.5].map(short)).to.deep.equal(['0.123', '12.3', '1,235'])
  })

  it('are compared with the floor round by round', () => {
    const row = grant([20, 60], [10, 20])

    expect(row.ratio).to.deep.equal({ median: 40 / 15, low: 2, high: 3, rounds: 2 })
    expect(isMet(row)).to.equal(true)
    expect(isMet({ ...row, goal: { within: 2 } })).to.equal(false)
    expect(isMet({ ...row, goal: { most: 39 } })).to.equal(false)
    expect(isMet({ ...row, goal: null })).to.equal(null)
  })

  it('keep the middle of the processor time and the most memory', () => {
    const known = [1, 2, 9].map(value => ({ value, cpuMs: value * 10, peakMb: value * 100 }))

    expect(rowOf(GRANT, known, null).portico).to.include({ cpuMs: 20, peakMb: 900 })
  })

  it('are never taken from nothing', () => {
    expect(() => grant([], [])).to.throw('grant: nothing was measured')
  })

  it('stand in a table and on a page with all that was found', () => {
    const rows = [grant([20, 60], [10, 20])]
    const run = { at: '2026-11-22', mode: 'small', machine: 'some cores', rows, failures: ['list: there was none'] }

    const page = markdownOf(run, { name: 'old.json', lines: ['1 row within noise.'] })

    for (const text of [tableOf(rows), page]) {
      expect(text).to.include('40.0 (20.0–60.0) ms').and.include('15.0 (10.0–20.0) ms')
      expect(text).to.include('2.67 (2.00–3.00)×').and.include('≤ 4×').and.include('yes')
    }
    expect(page).to.include('- list: there was none').and.include('## Against old.json\n\n- 1 row within noise.')
  })
})

describeOn('sqlite')('A run compared with a saved one', () => {
  it('says which rows moved beyond noise, in ratios to their floors', () => {
    const before = [grant([20, 21, 22], [10, 10, 10])]
    const busier = [grant([40, 42, 44], [20, 20, 20])]
    const slower = [grant([30, 31, 32], [10, 10, 10])]

    expect(comparison(before, busier)).to.deep.equal({ moved: [], same: 1, unmatched: [] })
    expect(comparisonLines(comparison(before, slower))).to.deep.equal([
      'WORSE: B4 grant, 1000, sqlite: 2.10 (2.00–2.20)× before, 3.10 (3.00–3.20)× now (+47.6 %)',
      '0 rows within noise.',
    ])
    expect(comparison(slower, before).moved[0]).to.include({ better: true })
  })

  it('takes rounds that overlap, and small steps, for noise', () => {
    const before = [grant([20, 21, 22], [10, 10, 10])]

    expect(comparison(before, [grant([21.9, 26, 30], [10, 10, 10])]).moved).to.deep.equal([])
    expect(comparison(before, [grant([22.1, 22.2, 22.3], [10, 10, 10])]).moved).to.deep.equal([])
  })

  it('is more careful with few rounds', () => {
    const one = [grant([20], [10])]
    const two = [grant([20, 20], [10, 10])]

    expect(comparison(one, [grant([39], [10])]).moved).to.deep.equal([])
    expect(comparison(one, [grant([41], [10])]).moved).to.have.length(1)
    expect(comparison(two, [grant([25, 25], [10, 10])]).moved).to.deep.equal([])
    expect(comparison(two, [grant([27, 27], [10, 10])]).moved).to.have.length(1)
  })

  it('compares what has no floor by itself, and names what only one run has', () => {
    const before = [rowOf({ ...GRANT, what: 'plan' }, rounds([10, 11, 12]), null)]
    const after = [rowOf({ ...GRANT, what: 'plan' }, rounds([5, 5, 5]), null), grant([20], [10])]

    const found = comparison(before, after)

    expect(found.moved).to.have.length(1)
    expect(comparisonLines(found).at(-1)).to.equal('In one of the runs only: B4 grant, 1000, sqlite.')
  })
})

function grant(portico: number[], floor: number[]): Row {
  return rowOf(GRANT, rounds(portico), rounds(floor))
}

function rounds(values: number[]) {
  return values.map(value => ({ value, cpuMs: null, peakMb: null }))
}
