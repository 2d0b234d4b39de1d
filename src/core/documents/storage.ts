import { createReadStream } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises'
import path from 'node:path'
import type { Readable } from 'node:stream'
import type { Config } from '../../config.ts'
import { measured } from '../measured.ts'
import { newToken } from '../secrets.ts'

/** Content that has arrived whole and lies aside: nobody finds it under its key before `keep`. */
export interface Staged {
  key: string
  sha256: string
  size: number
  /**
   * Puts it under its key, for good. Call it in the transaction that writes the row, after the row. Safe to do twice.
   */
  keep(): Promise<void>
  /** Removes what was laid aside and not kept. */
  drop(): Promise<void>
}

/** The first and the last byte, counting from 0, both included. */
export interface ByteRange {
  start: number
  end: number
}

/**
 * Where the content of documents lies, found by what it is: the same content has the same key and is there once. Who may
 * see it, and whether a row still needs it, is none of its business.
 */
export interface Storage {
  /** Takes content in and checks that it is safe on the medium; nothing stays when the stream breaks off. */
  stage(content: AsyncIterable<Buffer>): Promise<Staged>
  /** Throws when there is no such content. */
  open(key: string, range?: ByteRange): Promise<Readable>
  /** Whether there is such content. */
  has(key: string): Promise<boolean>
  /** Removes the content; it may be gone already. */
  remove(key: string): Promise<void>
  /** Every key there is, some at a time; what else lies there is none of ours. */
  keys(): AsyncIterable<string[]>
  /** Forgets what was laid aside before this moment and never kept. */
  forgetStaged(before: number): Promise<void>
}

/** Documents on the disk of this machine, in DATA_DIR/documents. */
export function diskStorage({ dataDir }: Pick<Config, 'dataDir'>): Storage {
  const folder = path.join(dataDir, 'documents')
  const aside = path.join(folder, 'arriving')
  const placeOf = (key: string): string => {
    if (!isKey(key)) throw new Error('This is no key of a document')
    return path.join(folder, key.slice(0, 2), key)
  }
  return {
    stage: content => stage(aside, placeOf, content),
    async open(key, range) {
      const place = placeOf(key)
      const file = await open(place, 'r')
      return file.createReadStream(range ?? {})
    },
    has: async key => (await stat(placeOf(key)).catch(() => null)) !== null,
    remove: key => rm(placeOf(key), { force: true }),
    async *keys() {
      const parts = (await readdir(folder).catch(() => [])).filter(name => /^[0-9a-f]{2}$/.test(name))
      for (const part of parts) yield (await readdir(path.join(folder, part))).filter(isKey)
    },
    async forgetStaged(before) {
      for (const name of await readdir(aside).catch(() => [])) {
        const made = await stat(path.join(aside, name)).catch(() => null)
        if (made && made.mtimeMs < before) await rm(path.join(aside, name), { force: true })
      }
    },
  }
}

/**
 * How many bytes may still be put on the disk of this machine, where documents lie or uploads only pass: the lesser
 * room.
 */
export async function roomOnDisk({ dataDir }: Pick<Config, 'dataDir'>): Promise<number> {
  const documents = path.join(dataDir, 'documents')
  await mkdir(documents, { recursive: true, mode: 0o700 })
  const both = await Promise.all([dataDir, documents].map(folder => statfs(folder)))
  return Math.min(...both.map(({ bavail, bsize }) => bavail * bsize))
}

/** A file that lies on this disk anyway, as a stream. */
export function bytesOf(file: string): AsyncIterable<Buffer> {
  return createReadStream(file) as AsyncIterable<Buffer>
}

/** Whether a name is one under which content is kept. */
export function isKey(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name)
}

async function stage(aside: string, placeOf: (key: string) => string, content: AsyncIterable<Buffer>): Promise<Staged> {
  await mkdir(aside, { recursive: true, mode: 0o700 })
  const laid = path.join(aside, newToken())
  const drop = (): Promise<void> => rm(laid, { force: true })
  const { sha256, size } = await written(laid, content).catch(async (error: unknown) => {
    await drop()
    throw error
  })
  let kept = false
  return {
    key: sha256,
    sha256,
    size,
    drop,
    async keep() {
      if (kept) return
      const place = placeOf(sha256)
      await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })
      await rename(laid, place)
      await syncFolder(path.dirname(place))
      kept = true
    },
  }
}

async function written(place: string, content: AsyncIterable<Buffer>): Promise<{ sha256: string; size: number }> {
  const { pieces, outcome } = measured(content)
  const file = await open(place, 'wx', 0o600)
  try {
    for await (const piece of pieces) await writeWhole(file, piece)
    await file.sync()
    const arrived = outcome()
    if ((await file.stat()).size !== arrived.size) throw new Error('The disk did not keep all of a document')
    return arrived
  } finally {
    await file.close()
  }
}

/** A disk that is nearly full takes a part of what it is given, without a word; it refuses the rest. */
async function writeWhole(file: FileHandle, piece: Buffer): Promise<void> {
  for (let begin = 0; begin < piece.length;) begin += (await file.write(piece, begin)).bytesWritten
}

/** So that the new name outlives a power cut; the file itself was written through before. */
async function syncFolder(folder: string): Promise<void> {
  const opened = await open(folder, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}
