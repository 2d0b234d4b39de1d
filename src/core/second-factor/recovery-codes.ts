import { randomBytes } from 'node:crypto'
import { derivedKey, keyedHash } from '../secrets.ts'

export const RECOVERY_CODES = 10

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567'
const LENGTH = 10

/** Ten codes of 50 bits each, like "k7fqm-2xd4a". */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const letters = [...randomBytes(LENGTH)].map(byte => LETTERS[byte % LETTERS.length]).join('')
    return `${letters.slice(0, LENGTH / 2)}-${letters.slice(LENGTH / 2)}`
  })
}

/**
 * What is kept of a code. It is short enough to be tried out, so the hash needs the secret of this installation: a stolen
 * table alone opens nothing. A code may be typed with spaces and capitals, and 0 and 1 for the letters they look like.
 */
export function recoveryCodeHash(appSecret: string, factorId: number, typed: string): string {
  const letters = typed.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')
  const code = letters.replace(/[^a-z2-7]/g, '')
  return keyedHash(derivedKey(appSecret, 'recovery codes'), `${String(factorId)} ${code}`)
}
