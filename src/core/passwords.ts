import { hash, verify } from '@node-rs/argon2'
import type { ZxcvbnFactory } from '@zxcvbn-ts/core'

/** Argon2id work: memory in KiB, passes, lanes. */
export interface PasswordCost {
  memoryCost: number
  timeCost: number
  parallelism: number
}

/** RFC 9106 and the OWASP cheat sheet: 19 MiB, two passes, one lane. */
export const PASSWORD_COST: PasswordCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

const AT_ONCE = 2
const WAITING_AT_MOST = 50

/** Thrown when so many people sign in at once that waiting would not help; the web answers 503 with Retry-After. */
export class TooBusy extends Error {}

/** Hashing with a bounded number of hashes at work, so that a crowd at the door cannot stop the pages. */
export interface Passwords {
  /** A PHC string. */
  hash: (password: string) => Promise<string>
  /** False for a wrong password, and after the same work for a login that has none (`null`). */
  matches: (hash: string | null, password: string) => Promise<boolean>
  /** Whether a stored hash was made with other parameters and should be made again at this sign-in. */
  isDated: (hash: string) => boolean
}

export function createPasswords(cost: PasswordCost = PASSWORD_COST): Passwords {
  const turn = turns()
  const decoy = hash(prepared('nobody has this password'), cost)
  return {
    hash: password => turn(() => hash(prepared(password), cost)),
    async matches(stored, password) {
      const against = stored ?? (await decoy)
      const same = await turn(() => verify(against, prepared(password)).catch(() => false))
      return stored !== null && same
    },
    isDated: stored =>
      !stored.includes(`m=${String(cost.memoryCost)},t=${String(cost.timeCost)},p=${String(cost.parallelism)}$`),
  }
}

export type PasswordWeakness = 'too-short' | 'too-long' | 'common' | 'personal' | 'same-as-before'

export const PASSWORD_LENGTH = { staff: 15, portal: 12, temporary: 8, most: 256 } as const

/**
 * Why a password somebody chooses is not good enough, or null. Any characters are allowed and counted as people count
 * them; there is no rule about digits or capitals (NIST SP 800-63B-4).
 */
export async function weaknessOf(
  password: string,
  least: number,
  personal: (string | null)[],
): Promise<PasswordWeakness | null> {
  const length = [...prepared(password)].length
  if (length < least) return 'too-short'
  if (length > PASSWORD_LENGTH.most) return 'too-long'
  const words = personal.flatMap(text => (text ? [text, ...text.split(/[\s@.]+/)] : [])).filter(word => word.length > 2)
  const plain = prepared(password).toLowerCase()
  if (words.some(word => plain === word.toLowerCase())) return 'personal'
  const { score, sequence } = (await strength()).check(prepared(password).slice(0, 72), words)
  if (score >= 2) return null
  return sequence.some(part => 'dictionaryName' in part && part.dictionaryName === 'userInputs') ? 'personal' : 'common'
}

let judge: ZxcvbnFactory | null = null

/** Its dictionaries are big: they are read when the first password is chosen, and kept. */
async function strength(): Promise<ZxcvbnFactory> {
  if (judge) return judge
  const [core, common] = await Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')])
  judge ??= new core.ZxcvbnFactory({ dictionary: common.dictionary, graphs: common.adjacencyGraphs })
  return judge
}

function prepared(password: string): string {
  return password.normalize('NFC')
}

function turns() {
  let working = 0
  const waiting: (() => void)[] = []
  return async function turn<T>(work: () => Promise<T>): Promise<T> {
    if (working >= AT_ONCE) {
      if (waiting.length >= WAITING_AT_MOST) throw new TooBusy('Too many passwords to check at once')
      await new Promise<void>(resolve => waiting.push(resolve))
    } else {
      working += 1
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else working -= 1
    }
  }
}
