import { createHash } from 'node:crypto'

/**
 * A stream that passes on, and what is known of it once it has ended: its bytes and their fingerprint, in hexadecimal.
 */
export interface Measured {
  pieces: AsyncGenerator<Buffer>
  outcome: () => { sha256: string; size: number }
}

export function measured(content: AsyncIterable<Buffer>): Measured {
  const hash = createHash('sha256')
  let size = 0
  async function* passing(): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      size += piece.length
      hash.update(piece)
      yield piece
    }
  }
  return { pieces: passing(), outcome: () => ({ sha256: hash.digest('hex'), size }) }
}
