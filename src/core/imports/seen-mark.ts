import { createHash } from 'node:crypto'
import type { Import } from './records.ts'

/**
 * Stands for what a check has shown: another reading, other columns, another choice or other counts give another mark.
 */
export function seenMark({ format, columns, options, totalRows, counts, findings }: Import): string {
  const shown = JSON.stringify([format, columns, options.portals, totalRows, counts, findings])
  return createHash('sha256').update(shown).digest('base64url').slice(0, 22)
}
