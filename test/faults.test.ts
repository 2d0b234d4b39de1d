import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { FAILPOINTS } from '../src/failpoints.ts'
import { projectRoot } from '../src/root.ts'
import { sources } from './support/sources.ts'
import { isTitle, titlesOf } from './support/titles.ts'

const folder = path.join(projectRoot, 'test', 'faults')

describe('The table of faults', () => {
  const table = readFileSync(path.join(folder, 'README.md'), 'utf8')
  const named = [...table.matchAll(/`([\w./-]+\.ts)` › ([^;|]+(?:; (?!`)[^;|]+)*?)(?=; `| *\|)/g)]

  it('names tests that are there', () => {
    const tests = new Map(sources('test', '.ts').map(({ path: file, text }) => [file, titlesOf(text)]))

    const missing = named.filter(
      ([, file = '', title = '']) => !tests.get(`test/${file}`)?.some(one => isTitle(title.trim(), one)),
    )

    expect(named)
      .to.have.length(table.split('` ›').length - 1)
      .and.to.have.length.above(45)
    expect(missing.map(([words]) => words)).to.deep.equal([])
  })

  it('names files that npm run test:faults runs', () => {
    const { spec } = JSON.parse(readFileSync(path.join(folder, 'mocharc.json'), 'utf8')) as { spec: string[] }
    const left = named.filter(
      ([, file = '']) => ![`test/${file}`, globOf(`test/${file}`)].some(one => spec.includes(one)),
    )

    expect([...new Set(left.map(([, file]) => file))]).to.deep.equal([])
  })
})

describe('The places where tests end the server', () => {
  it('are each in the code once', () => {
    const core = sources('src/core', '.ts').map(({ text }) => text)
    const times = FAILPOINTS.map(name => [
      name,
      core.reduce((sum, text) => sum + text.split(`failpoint('${name}')`).length - 1, 0),
    ])

    expect(times).to.deep.equal(FAILPOINTS.map(name => [name, 1]))
  })
})

/** All files beside this one with its ending. */
function globOf(file: string): string {
  return `${path.dirname(file)}/*${/\.\w+\.ts$/.exec(file)?.[0] ?? ''}`
}
