import { spawn, type ChildProcess } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { refusalOf, WorkbookRefused } from './refusals.ts'

const MOST_MEGABYTES = 512
const MOST_MS = 30_000
const MOST_BYTES = 100 * 1024 * 1024

/** How files begin that are put together as a zip is, and as office files of before 2007 and encrypted ones are. */
const ZIP = Buffer.from('PK\x03\x04', 'latin1')
const OLD = Buffer.from('d0cf11e0', 'hex')
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le')

export interface ReadLimits {
  /** How long reading may take, in milliseconds. */
  ms: number
}

/** Whether the file is a workbook of a spreadsheet program and not text. */
export async function isWorkbook(file: string): Promise<boolean> {
  const start = await startOf(file)
  return start.equals(ZIP) || start.equals(OLD)
}

/**
 * The rows of the first sheet as lines of JSON, read in a process of its own so that no file can harm this one. Throws
 * WorkbookRefused. One workbook is read at a time; the others wait.
 */
export async function* workbookLines(file: string, { ms }: ReadLimits = { ms: MOST_MS }): AsyncGenerator<Buffer> {
  if ((await startOf(file)).equals(OLD)) throw new WorkbookRefused(await oldKind(file))
  const done = await turn()
  try {
    yield* readByChild(file, ms)
  } finally {
    done()
  }
}

async function* readByChild(file: string, ms: number): AsyncGenerator<Buffer> {
  const child = childReading(file)
  const ended = exitOf(child)
  const killer = setTimeout(() => child.kill('SIGKILL'), ms)
  let bytes = 0
  try {
    for await (const piece of child.stdout as AsyncIterable<Buffer>) {
      bytes += piece.length
      if (bytes > MOST_BYTES) throw new WorkbookRefused('too-much-inside')
      yield piece
    }
    const code = await ended
    if (code !== 0) throw new WorkbookRefused(refusalOf(code))
  } finally {
    clearTimeout(killer)
    child.kill('SIGKILL')
  }
}

function childReading(file: string) {
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const asTypeScript = ending === 'ts' ? ['--import', loader()] : []
  const program = fileURLToPath(new URL(`child.${ending}`, import.meta.url))
  return spawn(process.execPath, [`--max-old-space-size=${String(MOST_MEGABYTES)}`, ...asTypeScript, program, file], {
    env: {},
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}

/** What lets Node run the sources as they are. */
function loader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise(resolve => {
    child.once('close', code => resolve(code))
    child.once('error', () => resolve(null))
  })
}

let last: Promise<void> = Promise.resolve()

/** Waits until it is our turn; the function that comes back lets the next one in. */
async function turn(): Promise<() => void> {
  const before = last
  let done: () => void = () => undefined
  last = new Promise(resolve => (done = resolve))
  await before
  return done
}

/** A password turns a workbook into a file of the old kind with one encrypted package in it. */
async function oldKind(file: string): Promise<'protected' | 'old-workbook'> {
  let held: Buffer = Buffer.alloc(0)
  for await (const piece of createReadStream(file) as AsyncIterable<Buffer>) {
    held = Buffer.concat([held.subarray(-ENCRYPTED.length), piece])
    if (held.includes(ENCRYPTED)) return 'protected'
  }
  return 'old-workbook'
}

async function startOf(file: string): Promise<Buffer> {
  for await (const piece of createReadStream(file, { end: 3 }) as AsyncIterable<Buffer>) return piece
  return Buffer.alloc(0)
}
