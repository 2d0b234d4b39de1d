import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import type { S3mini } from 's3mini'
import type { BucketConfig } from '../config.ts'
import { within } from './patience.ts'

/** The store cannot be reached, or refuses us. Nothing was changed in the database; the same may work in a moment. */
export class StoreAway extends Error {
  readonly code = 'STORE_AWAY'
}

/** One object of a bucket; `changedAt` in ms, by the clock of the store. */
export interface Listed {
  name: string
  changedAt: number
}

/** A bucket that speaks S3. Names are flat: some stores read a slash in the name of what is copied differently. */
export interface Bucket {
  /** Takes a stream in, however long, in the memory of one part; nothing stays under the name when it breaks off. */
  put(name: string, pieces: AsyncIterable<Buffer>): Promise<void>
  /** Throws when there is no such object. `range` counts from 0, both ends included. */
  open(name: string, range?: { start: number; end: number }): Promise<Readable>
  has(name: string): Promise<boolean>
  /** A short text; null when there is no such object. */
  read(name: string): Promise<string | null>
  /** Of so many bytes. Database transactions wait for it, and for `remove`: unless it is long it has 5 seconds. */
  copy(from: string, to: string, size: number): Promise<void>
  /** It may be gone already. */
  remove(name: string): Promise<void>
  /** Every object whose name begins so, some at a time. */
  list(beginning: string): AsyncIterable<Listed[]>
  /** Throws StoreAway unless the store answers and lets us look. */
  probe(): Promise<void>
}

const PART = 8 * 1_048_576
const TYPE = 'application/octet-stream'
const LONGEST_ANSWER_MS = 60_000
const LONGEST_QUICK_MS = 5000
const LONG = 100 * 1_048_576
const LONGEST_SILENCE_MS = 60_000

/**
 * One client for what somebody else waits for, one for what is short, and one that has no end of time for downloads.
 */
interface Clients {
  quick: S3mini
  short: S3mini
  long: S3mini
}

const known = new WeakMap<BucketConfig, Promise<Clients>>()

/**
 * The bucket of the settings. The client is loaded when it is first used: whoever keeps documents on disk never needs
 * it.
 */
export function bucketOf(config: BucketConfig): Bucket {
  const clients = known.get(config) ?? madeClients(config)
  known.set(config, clients)
  const ask = <T>(work: (all: Clients) => Promise<T>): Promise<T> => clients.then(work).catch(asAway)
  return {
    put: (name, pieces) => putAll(ask, name, pieces),
    async open(name, range) {
      const { body } = await ask(({ long }) =>
        answered(
          range ? long.getObjectRaw(name, false, range.start, range.end + 1) : long.getObjectRaw(name),
          LONGEST_SILENCE_MS,
        ),
      )
      if (!body) return Readable.from([])
      return unlessSilent(body, LONGEST_SILENCE_MS)
    },
    has: async name => (await ask(({ short }) => short.objectExists(name))) === true,
    read: name => ask(({ quick }) => quick.getObject(name)),
    copy: async (from, to, size) =>
      void (await ask(({ quick, short }) => (size > LONG ? short : quick).copyObject(from, to))),
    remove: async name => void (await ask(({ quick }) => quick.deleteObject(name))),
    list: beginning => listed(ask, beginning),
    async probe() {
      if (!(await ask(({ quick }) => quick.listObjectsPaged('/', 'document-', 1))))
        throw new StoreAway('no such bucket')
    },
  }
}

/** A download may take as long as whoever reads it needs, but the store has only so long for each piece. */
export function unlessSilent(body: ReadableStream<Uint8Array>, ms: number): Readable {
  const reader = body.getReader()
  return new Readable({
    read() {
      answered(reader.read(), ms).then(
        ({ done, value }) => void this.push(done ? null : value),
        (error: unknown) => void this.destroy(error as Error),
      )
    },
    destroy(error, done) {
      reader.cancel().catch(() => undefined)
      done(error)
    },
  })
}

function answered<T>(asked: Promise<T>, ms: number): Promise<T> {
  return within(ms, asked, () => {
    throw new StoreAway('it says nothing')
  })
}

type Ask = <T>(work: (all: Clients) => Promise<T>) => Promise<T>

async function madeClients({ endpoint, name, region, accessKey, secretKey }: BucketConfig): Promise<Clients> {
  const { S3mini } = await import('s3mini')
  const place = { endpoint: `${endpoint}/${name}`, region, accessKeyId: accessKey, secretAccessKey: secretKey }
  return {
    quick: new S3mini({ ...place, requestAbortTimeout: LONGEST_QUICK_MS }),
    short: new S3mini({ ...place, requestAbortTimeout: LONGEST_ANSWER_MS }),
    long: new S3mini(place),
  }
}

/**
 * An answer that says "not found" is no trouble of the store; the rest is, and its text may hold no more than a code.
 */
function asAway(error: unknown): never {
  if (error instanceof StoreAway) throw error
  const { status, serviceCode, cause } = error as { status?: number; serviceCode?: string; cause?: { code?: string } }
  if (status === 404 && serviceCode !== 'NoSuchBucket') throw new Error('There is no such object in the store')
  throw new StoreAway(serviceCode ?? cause?.code ?? (status ? `HTTP ${String(status)}` : 'no answer'))
}

async function putAll(ask: Ask, name: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const parts: { partNumber: number; etag: string }[] = []
  let upload: string | null = null
  let held: Buffer[] = []
  let length = 0
  try {
    for await (const piece of pieces) {
      held.push(piece)
      length += piece.length
      if (length < PART) continue
      upload ??= await ask(({ short }) => short.getMultipartUploadId(name, TYPE))
      parts.push(await partOf(ask, name, upload, Buffer.concat(held), parts.length + 1))
      ;[held, length] = [[], 0]
    }
    const rest = Buffer.concat(held)
    if (upload === null) return void (await ask(({ short }) => short.putObject(name, rest, TYPE)))
    const id = upload
    if (rest.length > 0) parts.push(await partOf(ask, name, id, rest, parts.length + 1))
    await ask(({ short }) => short.completeMultipartUpload(name, id, parts))
  } catch (error) {
    const id = upload
    if (id !== null) await ask(({ short }) => short.abortMultipartUpload(name, id)).catch(() => undefined)
    throw error
  }
}

function partOf(ask: Ask, name: string, upload: string, part: Buffer, number: number) {
  return ask(({ short }) => short.uploadPart(name, upload, part, number))
}

async function* listed(ask: Ask, beginning: string): AsyncGenerator<Listed[]> {
  let next: string | undefined
  do {
    const token = next
    const page = await ask(({ short }) => short.listObjectsPaged('/', beginning, 1000, token))
    next = page?.nextContinuationToken
    const objects = page?.objects ?? []
    yield objects.map(({ Key, LastModified }) => ({ name: Key, changedAt: new Date(LastModified).getTime() }))
  } while (next)
}
