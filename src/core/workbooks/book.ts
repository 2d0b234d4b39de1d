import path from 'node:path'
import type { Parts } from './parts.ts'
import { WorkbookRefused } from './refusals.ts'
import { allXmlEvents, xmlEvents, type XmlEvent } from './xml.ts'

/** What the cells of a sheet refer to. */
export interface Book {
  /** Name of the part that holds the first sheet that can be seen. */
  sheet: string
  strings: string[]
  /** How the numbers of each style are shown, as "0000" or "dd/mm/yyyy"; '' for plain numbers. */
  formats: string[]
  /** Whether days are counted from 1904 rather than 1900. */
  from1904: boolean
}

const WORKBOOK = 'xl/workbook.xml'

/** Formats that have a number and no text of their own; the others of them show plain numbers. */
const BUILT_IN_DATES: [from: number, to: number][] = [
  [14, 22],
  [27, 36],
  [45, 47],
  [50, 58],
]

/** Reads all of a workbook but its sheet. */
export async function bookIn(parts: Parts): Promise<Book> {
  if (!parts.has(WORKBOOK)) throw new WorkbookRefused('not-a-workbook')
  const workbook = opened(await allXmlEvents(await parts.opened(WORKBOOK)))
  const targets = await targetsIn(parts)
  const sheets = workbook.filter(({ name }) => name === 'sheet')
  const shown = sheets.find(({ attributes }) => !attributes.state || attributes.state === 'visible')
  const sheet = targets.get(shown?.attributes.id ?? '')
  if (sheet === undefined) throw new WorkbookRefused('unreadable-workbook')
  const settings = workbook.find(({ name }) => name === 'workbookPr')?.attributes
  return {
    sheet,
    strings: await stringsIn(parts),
    formats: await formatsIn(parts),
    from1904: settings?.date1904 === '1' || settings?.date1904 === 'true',
  }
}

async function targetsIn(parts: Parts): Promise<Map<string, string>> {
  const relations = opened(await allXmlEvents(await parts.opened('xl/_rels/workbook.xml.rels')))
  return new Map(
    relations.map(({ attributes: { Id = '', Target = '' } }) => [
      Id,
      path.posix.join(Target.startsWith('/') ? '' : 'xl', Target).replace(/^\//, ''),
    ]),
  )
}

/** The texts that cells share. How a text is pronounced stands beside it in some, and is no part of it. */
async function stringsIn(parts: Parts): Promise<string[]> {
  const strings: string[] = []
  if (!parts.has('xl/sharedStrings.xml')) return strings
  let text = ''
  let inText = false
  let inReading = false
  for await (const events of xmlEvents(await parts.opened('xl/sharedStrings.xml'))) {
    for (const event of events) {
      if (event.kind === 'text') {
        if (inText && !inReading) text += event.text
        continue
      }
      if (event.name === 't') inText = event.kind === 'open'
      if (event.name === 'rPh') inReading = event.kind === 'open'
      if (event.name !== 'si') continue
      if (event.kind === 'close') strings.push(text)
      text = ''
    }
  }
  return strings
}

async function formatsIn(parts: Parts): Promise<string[]> {
  if (!parts.has('xl/styles.xml')) return []
  const events = await allXmlEvents(await parts.opened('xl/styles.xml'))
  const own = new Map(
    opened(events)
      .filter(({ name }) => name === 'numFmt')
      .map(({ attributes }) => [Number(attributes.numFmtId), attributes.formatCode ?? '']),
  )
  const from = events.findIndex(event => event.kind === 'open' && event.name === 'cellXfs')
  const to = events.findIndex(event => event.kind === 'close' && event.name === 'cellXfs')
  return opened(events.slice(from + 1, to))
    .filter(({ name }) => name === 'xf')
    .map(({ attributes }) => own.get(Number(attributes.numFmtId)) ?? builtIn(Number(attributes.numFmtId)))
}

function builtIn(id: number): string {
  if (id === 1) return '0'
  return BUILT_IN_DATES.some(([from, to]) => id >= from && id <= to) ? 'yyyy-mm-dd' : ''
}

function opened(events: XmlEvent[]) {
  return events.filter(event => event.kind === 'open')
}
