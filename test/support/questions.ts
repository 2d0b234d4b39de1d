import type { World } from './world.ts'

/** The statements that some work sends to the database, but for those of the worker beside it. */
export async function questionsOf(world: World, work: () => Promise<unknown>): Promise<string[]> {
  const sent: string[] = []
  const see = ({ sql }: { sql: string }): void =>
    void (/\b(from|into|update) .?(jobs|emails)\b/.test(sql) || sent.push(sql))
  world.db.on('query', see)
  await work()
  world.db.removeListener('query', see)
  return sent
}
