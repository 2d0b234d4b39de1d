import { expect } from 'chai'
import { describeOn } from '../support/engine.ts'
import { expectRows, inTurns } from './bench.ts'
import { readOptions } from './options.ts'

describeOn('sqlite')('The bench', () => {
  it('measures floor and Portico in turns, and changes who begins', async () => {
    const order: string[] = []
    const side = (name: string) => (): Promise<{ value: number; cpuMs: null; peakMb: null }> => {
      order.push(name)
      return Promise.resolve({ value: order.length, cpuMs: null, peakMb: null })
    }

    const rounds = await inTurns({ least: 2, most: 2, ms: 0 }, side('floor'), side('Portico'))

    expect(order).to.deep.equal(['floor', 'Portico', 'Portico', 'floor'])
    expect(rounds.floor.map(round => round.value)).to.deep.equal([1, 4])
    expect(rounds.portico.map(round => round.value)).to.deep.equal([2, 3])
  })

  it('refuses a figure for work that was not done', () => {
    expect(() => expectRows({ contacts: 9 }, { contacts: 10 })).to.throw('There are 9 contacts and not 10')
  })

  it('reads its command line', () => {
    const named = ['import', 'list', 'B1']

    expect(readOptions(['--only', 'list,B1', '--against', 'a.json'], {}, named)).to.deep.include({
      mode: 'usual',
      engines: ['sqlite', 'postgres'],
      only: ['list', 'B1'],
      against: 'a.json',
    })
    expect(readOptions(['--small'], {}, named)).to.deep.include({ mode: 'small', engines: ['sqlite'] })
    expect(readOptions(['--engine', 'postgres', '--out', 'x/y.json'], { BENCH_FULL: '1' }, named)).to.deep.include({
      mode: 'full',
      engines: ['postgres'],
      out: 'x/y',
    })
    expect(() => readOptions(['--only', 'lists'], {}, named)).to.throw('--only lists is not known')
    expect(() => readOptions(['--engine', 'mysql'], {}, named)).to.throw('--engine takes sqlite or postgres')
  })
})
