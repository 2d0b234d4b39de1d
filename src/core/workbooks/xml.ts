import type { Readable } from 'node:stream'
import { SaxesParser } from 'saxes'
import { WorkbookRefused } from './refusals.ts'

/** One thing met in a text of XML, in order; names come without their prefix. */
export type XmlEvent =
  | { kind: 'open'; name: string; attributes: Record<string, string> }
  | { kind: 'text'; text: string }
  | { kind: 'close'; name: string }

/** What is met in a part, a piece of the stream at a time. A document type, which could hold traps, is refused. */
export async function* xmlEvents(stream: Readable): AsyncGenerator<XmlEvent[]> {
  let events: XmlEvent[] = []
  const parser = new SaxesParser()
  parser.on('opentag', ({ name, attributes }) =>
    events.push({ kind: 'open', name: local(name), attributes: withLocalNames(attributes) }),
  )
  parser.on('text', text => events.push({ kind: 'text', text }))
  parser.on('cdata', text => events.push({ kind: 'text', text }))
  parser.on('closetag', ({ name }) => events.push({ kind: 'close', name: local(name) }))
  parser.on('doctype', () => {
    throw new WorkbookRefused('unreadable-workbook')
  })
  const decoder = new TextDecoder('utf-8', { fatal: true })
  for await (const piece of stream as AsyncIterable<Buffer>) {
    parser.write(decoder.decode(piece, { stream: true }))
    if (events.length > 0) yield events
    events = []
  }
  parser.write(decoder.decode()).close()
  yield events
}

/** Everything met in a small part. */
export async function allXmlEvents(stream: Readable): Promise<XmlEvent[]> {
  const all: XmlEvent[] = []
  for await (const events of xmlEvents(stream)) for (const event of events) all.push(event)
  return all
}

function withLocalNames(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [local(name), value]))
}

function local(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
