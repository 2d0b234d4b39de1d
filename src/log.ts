import { writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

const MOST_BYTES = 1_048_576
const REST_MS = 500

/**
 * Takes the lines of the log to where they are read, each at once. While nothing can be written there (the disk is full, the
 * terminal closed, the reader gone), lines wait until they make a megabyte, further ones are lost, and Portico goes on.
 * pino's own way ends the process at such an error, and tries for ever as it ends.
 */
export function logLines(fd: number): DestinationStream {
  let waiting = Buffer.alloc(0)
  let retry: NodeJS.Timeout | null = null

  function flush(): void {
    retry = null
    try {
      while (waiting.length > 0) waiting = waiting.subarray(writeSync(fd, waiting))
    } catch {
      retry = setTimeout(flush, REST_MS).unref()
    }
  }

  process.on('exit', flush)
  return {
    write(line) {
      if (waiting.length < MOST_BYTES) waiting = Buffer.concat([waiting, Buffer.from(line)])
      if (retry === null) flush()
    },
  }
}
