import { expect } from 'chai'
import { FAILPOINTS, type Failpoint } from '../../src/failpoints.ts'
import { importUnder } from '../faults/importing.ts'
import { describeOn } from '../support/engine.ts'

const ROWS = 600

/** Every place in the order in which it is come to. */
const IMPORTING: Failpoint[] = [
  'import.file-saved',
  'job.claimed',
  'import.rows-checked',
  'job.done',
  'import.rows-written',
  'import.rows-committed',
  'import.end-written',
  'import.ended',
]

describeOn('sqlite')('A server that dies once at every place of an import', function () {
  this.timeout(180_000)

  it('is left out at none', () => {
    const named = FAILPOINTS.filter(name => /^(import|job)\./.test(name))

    expect(IMPORTING.toSorted()).to.deep.equal(named.toSorted())
  })

  it('has every row once in the end', async () => {
    const { deaths, missed, wrong } = await importUnder(
      IMPORTING.map(at => ({ at, nth: 1 })),
      ROWS,
    )

    expect(wrong).to.deep.equal([])
    expect([deaths, missed]).to.deep.equal([IMPORTING.length, 0])
  })
})
