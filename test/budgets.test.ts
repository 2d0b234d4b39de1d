import { expect } from 'chai'
import { functionsIn, sources } from './support/sources.ts'

const FUNCTION_LINES = 40
const FILE_LINES = 250
const VIEW_LINES = 120

const files = sources('src', '.ts')

describe('Budgets', () => {
  it(`keep functions within ${String(FUNCTION_LINES)} lines, those of functions inside them left out`, () => {
    const all = files.flatMap(functionsIn)

    const long = all.filter(one => one.lines > FUNCTION_LINES)

    expect(all).to.have.length.above(300)
    expect(long).to.deep.equal([])
  })

  it(`keep source files within ${String(FILE_LINES)} lines`, () => {
    expect(longer(files, FILE_LINES)).to.deep.equal([])
  })

  it(`keep views within ${String(VIEW_LINES)} lines`, () => {
    expect(longer(sources('views', '.ejs'), VIEW_LINES)).to.deep.equal([])
  })
})

function longer(all: { path: string; text: string }[], most: number): string[] {
  return all
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > most)
    .map(({ path, lines }) => `${path}: ${String(lines)} lines`)
}
