import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { projectRoot } from '../../src/root.ts'
import { sources } from '../support/sources.ts'
import { isTitle, titlesOf } from '../support/titles.ts'

/** How many requirements of levels 1 and 2 the chapters that apply have in version 5.0.0. */
const REQUIREMENTS: Record<string, number> = {
  V1: 27,
  V2: 11,
  V3: 19,
  V4: 10,
  V5: 9,
  V6: 35,
  V7: 18,
  V8: 7,
  V11: 14,
  V12: 9,
  V13: 13,
  V14: 9,
  V15: 13,
  V16: 16,
}

describe('The table of the ASVS', () => {
  const table = readFileSync(path.join(projectRoot, 'test', 'security', 'README.md'), 'utf8')
  const rows = [...table.matchAll(/^\| (\d+\.\d+\.\d+) +\| ([12]) +\| .*\| (.+?) +\|$/gm)]

  it('has every requirement of levels 1 and 2 once, each with an answer', () => {
    const numbers = rows.map(([, number = '']) => number)
    const chapters = Object.keys(REQUIREMENTS).map(chapter => [
      chapter,
      numbers.filter(number => number.startsWith(`${chapter.slice(1)}.`)).length,
    ])

    expect(new Set(numbers).size).to.equal(numbers.length)
    expect(Object.fromEntries(chapters)).to.deep.equal(REQUIREMENTS)
  })

  it('says of each that it is shown, written down, not to apply or not met', () => {
    const answered = /^(`[\w./-]+\.test\.ts` › .|Written down: .|Does not apply: .|\*\*Not met\*\*: .)/

    expect(rows.filter(([, , , answer = '']) => !answered.test(answer)).map(([row]) => row)).to.deep.equal([])
  })

  it('names tests that are there', () => {
    const tests = new Map(sources('test', '.test.ts').map(({ path: file, text }) => [file, titlesOf(text)]))
    const named = [...table.matchAll(/`([\w./-]+\.test\.ts)` › ([^;|]+?)(?=;| \(| *\|)/g)]

    const missing = named.filter(
      ([, file = '', title = '']) => !tests.get(`test/${file}`)?.some(one => isTitle(title, one)),
    )

    expect(named).to.have.length.above(120)
    expect(missing.map(([words]) => words)).to.deep.equal([])
  })
})
