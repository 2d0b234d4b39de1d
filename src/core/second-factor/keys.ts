import { Secret, TOTP } from 'otpauth'
import { derivedKey, sealed, tokenHash, unsealed } from '../secrets.ts'

const STEP_MS = 30_000
const KEY_BYTES = 20
const OFFER_MS = 3_600_000

/** What authenticator apps show of an account; longer names would not fit a QR picture. */
const NAME_LENGTH = 60

/**
 * A key somebody may put into their app. `sealed` is the same, for the form that comes back with a code made from it.
 */
export interface KeyOffer {
  key: string
  sealed: string
}

/** A new key, good for an hour and in the session with this id only. Nothing is stored. */
export function newKeyOffer(appSecret: string, sid: string, now: number): KeyOffer {
  const { base32: key } = new Secret({ size: KEY_BYTES })
  return { key, sealed: sealed(offerKey(appSecret), [key, tokenHash(sid), String(now + OFFER_MS)].join(' ')) }
}

/**
 * The key of an offer that comes back; null when it was made for another session, is too old, or was not made by us.
 */
export function keyOfOffer(appSecret: string, sid: string, offer: string, now: number): string | null {
  const [key = '', session, until] = opened(offerKey(appSecret), offer).split(' ')
  return session === tokenHash(sid) && Number(until) > now ? key : null
}

/** The address that puts a key into an authenticator app, also as a QR picture. */
export function keyAddress(key: string, issuer: string, account: string): string {
  return totp(key, cut(issuer), cut(account)).toString()
}

/** As `keyOfOffer` gave it, for keeping in the database. */
export function sealedKey(appSecret: string, key: string): string {
  return sealed(storedKey(appSecret), key)
}

/**
 * The time step, counted from 1970, whose code this is: the one of now, or one beside it as clocks differ. Null for any
 * other. Throws when the secret of this installation is another one by now.
 */
export function stepOfCode(appSecret: string, sealedKeyText: string, code: string, now: number): number | null {
  return stepOf(unsealed(storedKey(appSecret), sealedKeyText), code, now)
}

/** As `stepOfCode`, for a key that is not stored yet. */
export function stepOf(key: string, code: string, now: number): number | null {
  const beside = totp(key).validate({ token: code, timestamp: now, window: 1 })
  return beside === null ? null : Math.floor(now / STEP_MS) + beside
}

function totp(key: string, issuer = '', label = ''): TOTP {
  return new TOTP({ issuer, label, secret: Secret.fromBase32(key), digits: 6, period: STEP_MS / 1000 })
}

function cut(name: string): string {
  return [...name.replaceAll(':', ' ')].slice(0, NAME_LENGTH).join('')
}

/** '' for what was changed, or sealed by somebody else. */
function opened(key: Buffer, text: string): string {
  try {
    return unsealed(key, text)
  } catch {
    return ''
  }
}

function offerKey(appSecret: string): Buffer {
  return derivedKey(appSecret, 'second factor offered')
}

function storedKey(appSecret: string): Buffer {
  return derivedKey(appSecret, 'second factor')
}
