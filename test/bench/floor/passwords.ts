import { hash, verify } from '@node-rs/argon2'
import { availableParallelism } from 'node:os'
import { PASSWORD_COST } from '../../../src/core/passwords.ts'
import { timed } from '../results/numbers.ts'

/** Hashes passwords on all cores at once. */
export function hashPasswords({ passwords }: { passwords: string[] }): Promise<number> {
  const left = [...passwords]
  const one = async (): Promise<void> => {
    for (let password = left.pop(); password !== undefined; password = left.pop()) await hash(password, PASSWORD_COST)
  }
  return timed(() => Promise.all(Array.from({ length: availableParallelism() }, one)))
}

/** Compares a password with its hash so many times, one after the other; how long each took. */
export async function verifyPassword({ password, times }: { password: string; times: number }): Promise<number[]> {
  const stored = await hash(password, PASSWORD_COST)
  const all: number[] = []
  for (let time = 0; time < times; time += 1) {
    const ms = await timed(async () => {
      if (!(await verify(stored, password))) throw new Error('The password was not known again')
    })
    all.push(ms)
  }
  return all
}
