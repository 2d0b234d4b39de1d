import type { ClaimedEmail } from './delivery.ts'

/** Mails claimed a few ahead of those who send them, so that nobody waits for the database between two. */
export interface MailsAhead {
  /** The next one, or null when there is none any more. */
  next(): Promise<ClaimedEmail | null>
  /** From now on there is none. */
  stop(): void
  /** Those that nobody was given, once it has stopped. */
  left(): Promise<ClaimedEmail[]>
}

/** Claims with `claim` whenever fewer than `few` are left, until it gives none or `isOver`. */
export function mailsAhead(claim: () => Promise<ClaimedEmail[]>, few: number, isOver: () => boolean): MailsAhead {
  const ready: ClaimedEmail[] = []
  const state = { wasLast: false, stopped: false }
  let claiming: Promise<void> | null = null
  const isEnded = (): boolean => state.stopped || isOver()

  async function refill(): Promise<void> {
    const more = await claim()
    state.wasLast = more.length === 0
    ready.push(...more)
  }

  function refilled(): Promise<void> {
    claiming ??= refill().finally(() => void (claiming = null))
    return claiming
  }

  return {
    async next() {
      while (ready.length === 0 && !state.wasLast && !isEnded()) await refilled()
      if (isEnded()) return null
      const email = ready.shift() ?? null
      if (ready.length < few && !state.wasLast) refilled().catch(() => undefined) // who finds none left asks again, and hears of it
      return email
    },
    stop() {
      state.stopped = true
    },
    async left() {
      await claiming?.catch(() => undefined)
      return ready.splice(0)
    },
  }
}

/**
 * Does `write` with all that came since the last one, and answers each when theirs is done. It waits for `most` of them, though
 * not for longer than `waitMs`: who is alone is hardly held up, and who comes at the same moment as others shares a commit.
 */
export function together<T>(
  write: (some: T[]) => Promise<void>,
  { most, waitMs }: { most: number; waitMs: number },
): (one: T) => Promise<void> {
  let gathered: T[] = []
  let next: Promise<void> | null = null
  let writing: Promise<void> = Promise.resolve()
  let isFull: () => void = () => undefined

  async function gatherAndWrite(): Promise<void> {
    const full = new Promise<void>(resolve => (isFull = resolve))
    const timer = setTimeout(isFull, waitMs)
    await Promise.all([full, writing.catch(() => undefined)])
    clearTimeout(timer)
    const some = gathered
    gathered = []
    next = null
    writing = write(some)
    return writing
  }

  return one => {
    gathered.push(one)
    next ??= gatherAndWrite()
    if (gathered.length >= most) isFull()
    return next
  }
}
