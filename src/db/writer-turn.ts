interface Waiting {
  begin: () => void
  timer: NodeJS.Timeout
}

/**
 * One writes to a SQLite file at a time. Who waits for another of this process waits here, in the order they came, and holds
 * up neither a connection nor one of the few threads that those who read need.
 */
export class WriterTurn {
  readonly #longestMs: number
  readonly #waiting: Waiting[] = []
  #isTaken = false
  #passedAt = 0

  constructor(longestMs: number) {
    this.#longestMs = longestMs
  }

  /**
   * Does `work` when all who came before are done. Says that the database is busy, as SQLite does, when for too long none of
   * them is: a long line that moves is waited for.
   */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#isTaken) await new Promise<void>((begin, giveUp) => this.#wait(begin, giveUp))
    this.#isTaken = true
    try {
      return await work()
    } finally {
      this.#pass()
    }
  }

  #wait(begin: () => void, giveUp: (error: Error) => void): void {
    const since = performance.now()
    const look = (): void => {
      const left = Math.max(since, this.#passedAt) + this.#longestMs - performance.now()
      if (left > 0) return void (one.timer = setTimeout(look, left))
      this.#waiting.splice(this.#waiting.indexOf(one), 1)
      giveUp(Object.assign(new Error('SQLITE_BUSY: somebody else writes to the database'), { code: 'SQLITE_BUSY' }))
    }
    const one: Waiting = { begin, timer: setTimeout(look, this.#longestMs) }
    this.#waiting.push(one)
  }

  #pass(): void {
    this.#passedAt = performance.now()
    const next = this.#waiting.shift()
    this.#isTaken = next !== undefined
    if (!next) return
    clearTimeout(next.timer)
    next.begin()
  }
}
