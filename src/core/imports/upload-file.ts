import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import path from 'node:path'
import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { bucketOf } from '../bucket.ts'
import { measured } from '../measured.ts'
import { storeOwner } from '../operations/ownership.ts'
import { derivedKey, newToken, sealed, unsealed } from '../secrets.ts'

/*
 * An uploaded file lies encrypted on disk or in the bucket, in pieces that are each sealed: number and "last" are part of the nonce, so
 * pieces cannot be changed, left out, moved or cut off. The key is random for every file and is itself kept sealed.
 */

const PIECE = 65_536
const TAG = 16

type FilesConfig = Pick<Config, 'dataDir' | 'appSecret' | 'bucket'>

export interface KeptFile {
  /** Opens the file; for the database. */
  fileKey: string
  sha256: string
  size: number
}

/** Keeps what comes where the files of imports lie, encrypted, or nothing of it when it breaks off. */
export async function keepFile(config: FilesConfig, pieces: AsyncIterable<Buffer>): Promise<KeptFile> {
  const name = newToken()
  const key = randomBytes(32)
  const passing = measured(pieces)
  const sealedPieces = inSealedPieces(key, passing.pieces)
  if (config.bucket) await bucketOf(config.bucket).put(inBucket(name), sealedPieces)
  else await writeFile(config, name, sealedPieces)
  return { fileKey: sealed(sealingKey(config), `${name}:${key.toString('base64')}`), ...passing.outcome() }
}

/** The file as it was uploaded, piece by piece; throws when a single bit of it was changed. */
export async function* keptFile(config: FilesConfig, fileKey: string): AsyncGenerator<Buffer> {
  const { name, key } = opened(config, fileKey)
  const stream = config.bucket
    ? await bucketOf(config.bucket).open(inBucket(name))
    : createReadStream(path.join(folder(config), name), { highWaterMark: PIECE + TAG })
  let number = 0
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    held = Buffer.concat([held, chunk])
    for (; held.length > PIECE + TAG; held = held.subarray(PIECE + TAG))
      yield openedPiece(key, number++, false, held.subarray(0, PIECE + TAG))
  }
  yield openedPiece(key, number, true, held)
}

/**
 * Removes the file of an import that has ended, unless it may be that of another installation: without its key nobody
 * reads it.
 */
export async function forgetFile(db: Db, config: FilesConfig, fileKey: string): Promise<void> {
  if ((await storeOwner(db, config)) === 'ours') await dropFile(config, fileKey)
}

/** Removes the file; it may be gone already. */
export async function dropFile(config: FilesConfig, fileKey: string): Promise<void> {
  const { name } = opened(config, fileKey)
  if (config.bucket) await bucketOf(config.bucket).remove(inBucket(name))
  else await rm(path.join(folder(config), name), { force: true })
}

async function* inSealedPieces(key: Buffer, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let number = 0
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of pieces) {
    held = Buffer.concat([held, chunk])
    for (; held.length > PIECE; held = held.subarray(PIECE))
      yield sealedPiece(key, number++, false, held.subarray(0, PIECE))
  }
  yield sealedPiece(key, number, true, held)
}

async function writeFile(config: FilesConfig, name: string, pieces: AsyncIterable<Buffer>): Promise<void> {
  const place = path.join(folder(config), name)
  await mkdir(folder(config), { recursive: true, mode: 0o700 })
  const file = await open(place, 'wx', 0o600)
  try {
    for await (const piece of pieces) await file.write(piece)
    await file.sync()
  } catch (error) {
    await rm(place, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

function inBucket(name: string): string {
  return `import-${name}`
}

function folder(config: FilesConfig): string {
  return path.join(config.dataDir, 'imports')
}

function sealingKey(config: FilesConfig): Buffer {
  return derivedKey(config.appSecret, 'imported files')
}

function opened(config: FilesConfig, fileKey: string): { name: string; key: Buffer } {
  const [name = '', key = ''] = unsealed(sealingKey(config), fileKey).split(':')
  return { name, key: Buffer.from(key, 'base64') }
}

function sealedPiece(key: Buffer, number: number, last: boolean, piece: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce(number, last))
  return Buffer.concat([cipher.update(piece), cipher.final(), cipher.getAuthTag()])
}

function openedPiece(key: Buffer, number: number, last: boolean, piece: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(number, last), { authTagLength: TAG })
  decipher.setAuthTag(piece.subarray(-TAG))
  return Buffer.concat([decipher.update(piece.subarray(0, -TAG)), decipher.final()])
}

function nonce(number: number, last: boolean): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUInt8(last ? 1 : 0, 0)
  bytes.writeUInt32BE(number, 8)
  return bytes
}
