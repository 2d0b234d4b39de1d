import { write, writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

const MOST_BYTES = 1_048_576
const REST_MS = 500

/**
 * Takes the lines of the log to where they are read. Nobody waits for that: while nothing can be written there (the disk is
 * full, the terminal closed, the reader gone), lines wait until they make a megabyte, further ones are lost, and Portico goes
 * on. pino's own way ends the process at such an error, and tries for ever as it ends.
 */
export function logLines(fd: number): DestinationStream {
  let waiting: Buffer[] = []
  let bytes = 0
  let isBusy = false

  function next(): void {
    isBusy = waiting.length > 0
    if (!isBusy) return
    const some = Buffer.concat(waiting)
    waiting = []
    bytes = 0
    write(fd, some, (error, written) => {
      keep(some.subarray(error ? 0 : written), 'unshift')
      if (error) setTimeout(next, REST_MS).unref()
      else next()
    })
  }

  function keep(text: Buffer, how: 'push' | 'unshift'): void {
    if (text.length === 0) return
    waiting[how](text)
    bytes += text.length
  }

  process.on('exit', () => {
    try {
      writeSync(fd, Buffer.concat(waiting))
    } catch {
      // nobody reads it
    }
  })
  return {
    write(line) {
      if (bytes < MOST_BYTES) keep(Buffer.from(line), 'push')
      if (!isBusy) next()
    },
  }
}
