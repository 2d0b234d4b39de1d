import { open } from 'node:fs/promises'
import { refused, ok, type Result } from '../result.ts'

const OPEN_DOCUMENT = 'application/vnd.oasis.opendocument.'
const OFFICE = 'application/vnd.openxmlformats-officedocument.'
const MOST_PARTS = 20_000
const ZIP_END = 65_557

/** The beginning and the end of a file, and the file itself for the few that must be looked into. */
interface Look {
  path: string
  head: Buffer
  tail: Buffer
}

interface DocumentType {
  mediaType: string
  isSuch: (look: Look) => boolean | Promise<boolean>
}

const JPEG: DocumentType = { mediaType: 'image/jpeg', isSuch: look => isOneThing(look, [0xff, 0xd8, 0xff]) }

/** What may be kept: by the ending of its name, and only when it begins as such a file does. */
const TYPES = new Map<string, DocumentType>([
  ['pdf', { mediaType: 'application/pdf', isSuch: look => isOneThing(look, '%PDF-') }],
  ['png', { mediaType: 'image/png', isSuch: look => isOneThing(look, '\x89PNG\r\n\x1a\n') }],
  ['jpg', JPEG],
  ['jpeg', JPEG],
  ['webp', { mediaType: 'image/webp', isSuch: look => isOneThing(look, 'RIFF') && says(look.head, 8, 'WEBP') }],
  ['txt', { mediaType: 'text/plain', isSuch: isText }],
  ['csv', { mediaType: 'text/csv', isSuch: isText }],
  ['docx', { mediaType: `${OFFICE}wordprocessingml.document`, isSuch: holdsPart('word/') }],
  ['xlsx', { mediaType: `${OFFICE}spreadsheetml.sheet`, isSuch: holdsPart('xl/') }],
  ['pptx', { mediaType: `${OFFICE}presentationml.presentation`, isSuch: holdsPart('ppt/') }],
  ['odt', { mediaType: `${OPEN_DOCUMENT}text`, isSuch: look => isOpenDocument(look, 'text') }],
  ['ods', { mediaType: `${OPEN_DOCUMENT}spreadsheet`, isSuch: look => isOpenDocument(look, 'spreadsheet') }],
  ['odp', { mediaType: `${OPEN_DOCUMENT}presentation`, isSuch: look => isOpenDocument(look, 'presentation') }],
])

/** The endings of the names of files that may be kept. */
export const DOCUMENT_ENDINGS = [...TYPES.keys()]

/** What a kept document is sent as: its type from the table, else bytes that mean nothing to a browser. */
export function mediaTypeOf(name: string): string {
  return TYPES.get(endingOf(name))?.mediaType ?? 'application/octet-stream'
}

/** "pdf"; empty when the name has no ending. */
export function endingOf(name: string): string {
  return /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
}

/**
 * The type of a file that has come. Refused as 'kind' when its ending is not one we keep, as 'empty' when nothing is in
 * it, and as 'content' when what is in it is not what its ending says, or is something else besides.
 */
export async function checkedType(file: string, name: string): Promise<Result<string, 'kind' | 'empty' | 'content'>> {
  const type = TYPES.get(endingOf(name))
  if (!type) return refused('kind')
  const look = await lookAt(file)
  if (look.head.length === 0) return refused('empty')
  return (await type.isSuch(look)) ? ok(type.mediaType) : refused('content')
}

async function lookAt(file: string): Promise<Look> {
  const opened = await open(file, 'r')
  try {
    const { size } = await opened.stat()
    const head = Buffer.alloc(Math.min(size, 65_536))
    const tail = Buffer.alloc(Math.min(size, ZIP_END))
    await opened.read(head, 0, head.length, 0)
    await opened.read(tail, 0, tail.length, size - tail.length)
    return { path: file, head, tail }
  } finally {
    await opened.close()
  }
}

function says(bytes: Buffer, at: number, words: string | number[]): boolean {
  const expected = typeof words === 'string' ? Buffer.from(words, 'latin1') : Buffer.from(words)
  return bytes.subarray(at, at + expected.length).equals(expected)
}

/** Begins as it should, and is not an archive to those who read files from their end. */
function isOneThing({ head, tail }: Look, beginning: string | number[]): boolean {
  return says(head, 0, beginning) && !endsAsArchive(tail)
}

function endsAsArchive(tail: Buffer): boolean {
  for (let at = tail.indexOf('PK\x05\x06', 0, 'latin1'); at >= 0; at = tail.indexOf('PK\x05\x06', at + 1, 'latin1')) {
    if (at + 22 <= tail.length && at + 22 + tail.readUInt16LE(at + 20) === tail.length) return true
  }
  return false
}

/** Letters of some kind: no bytes that no text holds, unless it says that it is UTF-16, and no page for a browser. */
function isText({ head, tail }: Look): boolean {
  const isWide = says(head, 0, [0xff, 0xfe]) || says(head, 0, [0xfe, 0xff])
  // eslint-disable-next-line no-control-regex
  if (!isWide && /[\x00-\x08\x0e-\x1a\x1c-\x1f]/.test(head.toString('latin1'))) return false
  const beginning = head
    .subarray(0, 1024)
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/^[\xef\xbb\xbf\xff\xfe\s]+/, '')
  return !/^(<!doctype|<html|<script|<svg|<\?xml|%PDF-|MZ|GIF8)/i.test(beginning) && !endsAsArchive(tail)
}

/** The first part of an OpenDocument file is its type, in plain letters. */
function isOpenDocument({ head }: Look, what: string): boolean {
  const said = `mimetype${OPEN_DOCUMENT}${what}`
  return (
    says(head, 0, 'PK\x03\x04') &&
    says(head, 30, said) &&
    /^(PK|[^a-z-])/s.test(head.toString('latin1', 30 + said.length))
  )
}

function holdsPart(folder: string): (look: Look) => Promise<boolean> {
  return async ({ path, head }) => {
    if (!says(head, 0, 'PK\x03\x04')) return false
    const names = await partNames(path).catch((): string[] => [])
    return names.includes('[Content_Types].xml') && names.some(name => name.startsWith(folder))
  }
}

/** The table of contents alone is read: nothing is inflated. */
async function partNames(file: string): Promise<string[]> {
  const { open: openZip } = await import('yauzl')
  return new Promise((resolve, reject) => {
    openZip(file, { lazyEntries: true, autoClose: true }, (error, zip) => {
      if (error) return reject(error)
      const names: string[] = []
      if (zip.entryCount > MOST_PARTS) {
        zip.close()
        return resolve([])
      }
      zip.on('entry', (entry: { fileName: string }) => {
        names.push(entry.fileName)
        zip.readEntry()
      })
      zip.on('end', () => resolve(names))
      zip.on('error', reject)
      zip.readEntry()
    })
  })
}
