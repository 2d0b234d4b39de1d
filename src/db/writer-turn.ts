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

  constructor(longestMs: number) {
    this.#longestMs = longestMs
  }

  /** Does `work` when all who came before are done; says that the database is busy, as SQLite does, when that takes too long. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    await this.#take()
    try {
      return await work()
    } finally {
      this.#pass()
    }
  }

  #take(): Promise<void> {
    if (this.#isTaken) return this.#wait()
    this.#isTaken = true
    return Promise.resolve()
  }

  #wait(): Promise<void> {
    return new Promise((resolve, reject) => {
      const one: Waiting = { begin: resolve, timer: setTimeout(() => this.#giveUp(one, reject), this.#longestMs) }
      this.#waiting.push(one)
    })
  }

  #giveUp(one: Waiting, reject: (error: Error) => void): void {
    this.#waiting.splice(this.#waiting.indexOf(one), 1)
    reject(Object.assign(new Error('SQLITE_BUSY: somebody else writes to the database'), { code: 'SQLITE_BUSY' }))
  }

  #pass(): void {
    const next = this.#waiting.shift()
    this.#isTaken = next !== undefined
    if (!next) return
    clearTimeout(next.timer)
    next.begin()
  }
}
