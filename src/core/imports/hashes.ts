import type { Passwords } from '../passwords.ts'
import { Interrupted } from '../jobs/worker.ts'

/** How many hashes are remembered: a file can have another password in every row. */
const REMEMBERED = 10_000

/** As many as the passwords let work at once. Who signs in meanwhile waits for no more than one of them. */
const AT_ONCE = 2

/** Hashes temporary passwords: the same one once, as long as it keeps coming. */
export interface Hashes {
  /** The hash of each of these. Throws `Interrupted` when this process is to end. */
  of(passwords: Iterable<string>): Promise<Map<string, string>>
}

export function rememberedHashes({ hash }: Passwords, stopping: AbortSignal, most = REMEMBERED): Hashes {
  let remembered = new Map<string, string>()
  return {
    async of(passwords) {
      const asked = new Map([...passwords].map(password => [password, remembered.get(password) ?? '']))
      const missing = [...asked].filter(([, known]) => known === '').values()
      await Promise.all(Array.from({ length: AT_ONCE }, () => hashAll(missing)))
      async function hashAll(left: Iterable<[string, string]>): Promise<void> {
        for (const [password] of left) {
          if (stopping.aborted) throw new Interrupted()
          asked.set(password, await hash(password))
        }
      }
      const others = [...remembered].filter(([password]) => !asked.has(password))
      remembered = new Map([...others, ...asked].slice(-most))
      return asked
    },
  }
}
