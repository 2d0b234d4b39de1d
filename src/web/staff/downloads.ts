import type { Response } from 'express'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Deps } from '../shared/deps.ts'

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

/** Sends a file to be saved, as it is made. `name` is ours and ends on what it is. */
export async function sendFile(
  res: Response,
  { log }: Deps,
  name: `${string}.${keyof typeof TYPES}`,
  content: AsyncIterable<string | Buffer>,
): Promise<void> {
  res.set({
    'Content-Type': name.endsWith('.csv') ? TYPES.csv : TYPES.xlsx,
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
  })
  await pipeline(content instanceof Readable ? content : Readable.from(content), res).catch((error: unknown) => {
    log.warn({ err: error }, 'a download ended early')
  })
}
