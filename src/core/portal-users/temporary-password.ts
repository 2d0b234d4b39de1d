import { randomInt } from 'node:crypto'

/** Letters and digits that are not taken for one another when they are read aloud or copied from paper. */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789'

/** A new temporary password nobody can guess: twelve characters in threes of four, like `kq7m-2xwd-9hfp`. */
export function newTemporaryPassword(): string {
  const four = (): string => Array.from({ length: 4 }, () => READABLE[randomInt(READABLE.length)]).join('')
  return [four(), four(), four()].join('-')
}
