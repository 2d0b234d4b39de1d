import { expect } from 'chai'
import fc from 'fast-check'
import { guardedCell, unguardedCell } from '../../../src/core/exports/csv-cells.ts'

const nasty = fc
  .array(fc.constantFrom("'", '=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠', 'a', ' '))
  .map(parts => parts.join(''))

describe('A cell of a file we write', () => {
  it('comes back as the value it was made from, whatever that is', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), value => unguardedCell(guardedCell(value)) === value),
      { numRuns: 2000 },
    )
  })

  it('never begins like a formula', () => {
    fc.assert(fc.property(nasty, value => !/^[=+\-@\t\r\n\0＝＋－＠]/.test(guardedCell(value))))
  })

  it('is left as it is when it is plain text', () => {
    expect(guardedCell("O'Neill")).to.equal("O'Neill")
    expect(guardedCell("'tis")).to.equal("'tis")
    expect(unguardedCell("'tis")).to.equal("'tis")
  })
})
