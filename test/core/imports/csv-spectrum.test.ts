import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { Readable } from 'node:stream'
import { DELIMITERS, delimiterOf, textRows } from '../../../src/core/imports/read-csv.ts'

const spectrum = path.dirname(createRequire(import.meta.url).resolve('csv-spectrum/package.json'))
const names = readdirSync(path.join(spectrum, 'csvs')).map(file => path.basename(file, '.csv'))

describe('The reader of CSV files', () => {
  it('has all of csv-spectrum before it', () => {
    expect(names).to.have.length(12).and.include.members(['quotes_and_newlines', 'escaped_quotes', 'newlines_crlf'])
  })

  for (const name of names) {
    for (const size of [1, 7, 65_536])
      it(`gives what csv-spectrum expects of ${name}, in pieces of ${String(size)} bytes`, async () => {
        const file = readFileSync(path.join(spectrum, 'csvs', `${name}.csv`))

        const delimiter = await delimiterOf(inPieces(file, size), 'utf-8')
        const read = await peopleIn(inPieces(file, size), delimiter)

        expect(delimiter).to.equal(',')
        expect(read).to.deep.equal(expected(name))
      })
  }

  for (const delimiter of DELIMITERS)
    it(`gives the same of every file with ${JSON.stringify(delimiter)} between the cells`, async () => {
      for (const name of names) {
        const people = expected(name)
        const headings = Object.keys(people[0] ?? {})
        const lines = [headings, ...people.map(person => headings.map(heading => person[heading] ?? ''))]
        const text = lines.map(cells => cells.map(quoted).join(delimiter)).join('\r\n')

        expect(await peopleIn(inPieces(Buffer.from(text), 100), delimiter), name).to.deep.equal(people)
      }
    })
})

type Person = Record<string, string>

/** One file of csv-spectrum holds another phone number than what it expects of it, and expects no list. */
function expected(name: string): Person[] {
  const json = JSON.parse(readFileSync(path.join(spectrum, 'json', `${name}.json`), 'utf8')) as Person | Person[]
  if (Array.isArray(json)) return json
  return [{ ...json, 'Contact Phone Number': '2095257564' }]
}

/** The rows by the headings of the first, as csv-spectrum writes them down. */
async function peopleIn(bytes: AsyncIterable<Buffer>, delimiter: string): Promise<Person[]> {
  const rows: string[][] = []
  for await (const { cells } of textRows(bytes, { encoding: 'utf-8', delimiter })) rows.push(cells)
  const [headings = [], ...people] = rows
  return people.map(cells => Object.fromEntries(headings.map((heading, index) => [heading, cells[index] ?? ''])))
}

function inPieces(file: Buffer, size: number): AsyncIterable<Buffer> {
  const pieces = Array.from({ length: Math.ceil(file.length / size) }, (_, index) =>
    file.subarray(index * size, (index + 1) * size),
  )
  return Readable.from(pieces)
}

function quoted(cell: string): string {
  return `"${cell.replaceAll('"', '""')}"`
}
