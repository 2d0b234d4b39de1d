import { createCipheriv, createDecipheriv, createHmac, hash, hkdfSync, randomBytes } from 'node:crypto'

const keys = new Map<string, Buffer>()

/**
 * A 32-byte key for one purpose, so that what is sealed or signed for one use is worth nothing in another. Made once a
 * process: ten thousand mails are sealed with the same one.
 */
export function derivedKey(appSecret: string, purpose: string): Buffer {
  const name = `${purpose}\0${appSecret}`
  const known = keys.get(name)
  if (known) return known
  const key = Buffer.from(hkdfSync('sha256', appSecret, 'portico', purpose, 32))
  keys.set(name, key)
  return key
}

const STOCK_BYTES = 8192
let stock = Buffer.alloc(0)

/** Random bytes that nobody else gets: taken from a stock, as asking for a few takes longer than sealing a mail. */
export function randomPiece(bytes: number): Buffer {
  if (stock.length < bytes) stock = randomBytes(STOCK_BYTES)
  const piece = stock.subarray(0, bytes)
  stock = stock.subarray(bytes)
  return piece
}

/** 256 bits nobody can guess, as 43 characters that fit an address. */
export function newToken(): string {
  return randomPiece(32).toString('base64url')
}

/** A short random name for rows that appear in addresses but are checked for their owner. */
export function newHandle(): string {
  return randomPiece(9).toString('base64url')
}

/** 128 bits nobody can guess, as 22 characters: the name of a thing in addresses that people keep. */
export function newPublicId(): string {
  return randomPiece(16).toString('base64url')
}

/** What we store of a token: enough to recognise it, useless to whoever steals the table. */
export function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url')
}

export function looksLikeToken(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Za-z0-9_-]{43}$/.test(text)
}

export function keyedHash(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

/** Encrypts text for keeping; `unsealed` gives it back and throws if a single bit was changed. */
export function sealed(key: Buffer, text: string): string {
  const iv = randomPiece(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const body = cipher.update(text, 'utf8')
  const end = cipher.final()
  return Buffer.concat([iv, cipher.getAuthTag(), body, end]).toString('base64')
}

export function unsealed(key: Buffer, text: string): string {
  const bytes = Buffer.from(text, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
  decipher.setAuthTag(bytes.subarray(12, 28))
  return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
}

/**
 * The path of an address as it may be written down: without what is asked for behind it, and without the keys of mails.
 */
export function pathWithoutTokens(url: string): string {
  return (url.split('?')[0] ?? '').replace(/[A-Za-z0-9_-]{43}/g, ':token')
}
