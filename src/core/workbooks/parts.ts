import type { Readable } from 'node:stream'
import { open, type Entry, type ZipFile } from 'yauzl'
import { WorkbookRefused } from './refusals.ts'

const MOST_PARTS = 200
const MOST_BYTES = 100 * 1024 * 1024
const SUSPECT_FROM = 1024 * 1024
const MOST_TIMES_SMALLER = 200

/** The parts of a workbook by name. A part is inflated only when it is opened, and never to more than it claims. */
export interface Parts {
  has(name: string): boolean
  opened(name: string): Promise<Readable>
  close(): void
}

/** Looks through the table of contents before anything is inflated, and refuses what no spreadsheet program writes. */
export async function partsOf(file: string): Promise<Parts> {
  const zip = await openedZip(file)
  const entries = new Map<string, Entry>()
  let bytes = 0
  for (const entry of await entriesOf(zip)) {
    bytes += entry.uncompressedSize
    if (bytes > MOST_BYTES || isBomb(entry)) throw new WorkbookRefused('too-much-inside')
    if (entry.isEncrypted()) throw new WorkbookRefused('protected')
    if (entries.has(entry.fileName)) throw new WorkbookRefused('unreadable-workbook')
    entries.set(entry.fileName, entry)
  }
  return {
    has: name => entries.has(name),
    opened: name => opened(zip, entries.get(name)),
    close: () => zip.close(),
  }
}

function openedZip(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    const options = { lazyEntries: true, autoClose: false, validateEntrySizes: true, strictFileNames: true }
    open(file, options, (error, zip) => (error ? reject(new WorkbookRefused('not-a-workbook', error)) : resolve(zip)))
  })
}

function entriesOf(zip: ZipFile): Promise<Entry[]> {
  if (zip.entryCount > MOST_PARTS) throw new WorkbookRefused('too-much-inside')
  return new Promise((resolve, reject) => {
    const entries: Entry[] = []
    zip.on('entry', (entry: Entry) => {
      entries.push(entry)
      zip.readEntry()
    })
    zip.on('end', () => resolve(entries))
    zip.on('error', (error: unknown) => reject(new WorkbookRefused('unreadable-workbook', error)))
    zip.readEntry()
  })
}

function isBomb({ compressedSize, uncompressedSize }: Entry): boolean {
  return uncompressedSize > SUSPECT_FROM && uncompressedSize > compressedSize * MOST_TIMES_SMALLER
}

function opened(zip: ZipFile, entry: Entry | undefined): Promise<Readable> {
  return new Promise((resolve, reject) => {
    if (!entry) return reject(new WorkbookRefused('unreadable-workbook'))
    zip.openReadStream(entry, (error, stream) => {
      if (error) reject(new WorkbookRefused('unreadable-workbook', error))
      else resolve(stream)
    })
  })
}
