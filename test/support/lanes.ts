/**
 * Does it with all of them, begun in their order, in so many lanes beside each other; `lane` counts from 0. The answers stand
 * in the order of the lanes.
 */
export async function inLanes<Thing extends object | string, Answer>(
  all: readonly Thing[],
  lanes: number,
  work: (one: Thing, lane: number) => Promise<Answer>,
): Promise<Answer[]> {
  const waiting = [...all]
  const answers = await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const found: Answer[] = []
      for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) found.push(await work(one, lane))
      return found
    }),
  )
  return answers.flat()
}
