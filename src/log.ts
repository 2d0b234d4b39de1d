import { writeSync } from 'node:fs'
import type { DestinationStream } from 'pino'

const MOST_LETTERS = 1_048_576
/** How soon to try again when whoever reads is behind, and when nothing can be written at all. */
const SOON_MS = 10
const REST_MS = 500
/** For who reads to catch up with, once the process has ended. */
const LAST_MS = 1000

/**
 * Takes the lines of the log to where they are read, each at once. While nothing can be written there (the disk is full, the
 * terminal closed, the reader gone or behind), lines wait until they make a megabyte, further ones are lost, as is said then,
 * and Portico goes on. pino's own way ends the process at such an error, and tries for ever as it ends.
 */
export function logLines(fd: number): DestinationStream {
  let lines: string[] = []
  let letters = 0
  let lost = 0
  let begun = Buffer.alloc(0)
  let retry: NodeJS.Timeout | null = null

  /** Writes all that waits; throws when it cannot now. */
  function writeAll(): void {
    while (lines.length > 0 || begun.length > 0) {
      begun = Buffer.concat([begun, Buffer.from(lines.join(''))])
      lines = []
      while (begun.length > 0) begun = begun.subarray(writeSync(fd, begun))
      letters = 0
      if (lost > 0)
        lines = [`${JSON.stringify({ level: 40, time: Date.now(), lost, msg: 'lines of this log were lost' })}\n`]
      lost = 0
    }
  }

  function flush(): void {
    retry = null
    try {
      writeAll()
    } catch (error) {
      retry = setTimeout(flush, isBehind(error) ? SOON_MS : REST_MS).unref()
    }
  }

  process.on('exit', () => lastTries(writeAll))
  return {
    write(line) {
      if (letters < MOST_LETTERS) lines.push(line)
      else lost += 1
      letters += line.length
      if (retry === null) flush()
    },
  }
}

/** Waits for who reads, though not for long. */
function lastTries(writeAll: () => void): void {
  const end = performance.now() + LAST_MS
  const nothing = new Int32Array(new SharedArrayBuffer(4))
  while (performance.now() < end) {
    try {
      return writeAll()
    } catch (error) {
      if (!isBehind(error)) return
      Atomics.wait(nothing, 0, 0, SOON_MS)
    }
  }
}

function isBehind(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EAGAIN'
}
