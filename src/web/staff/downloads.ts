import type { Response } from 'express'
import { sendStream } from '../shared/attachments.ts'
import type { Deps } from '../shared/deps.ts'

const TYPES = {
  csv: 'text/csv; charset=utf-8',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
}

/** Sends a file to be saved, as it is made. `name` is ours and ends on what it is. */
export async function sendFile(
  res: Response,
  deps: Deps,
  name: `${string}.${keyof typeof TYPES}`,
  content: AsyncIterable<string | Buffer>,
): Promise<void> {
  res.set({
    'Content-Type': name.endsWith('.csv') ? TYPES.csv : TYPES.xlsx,
    'Content-Disposition': `attachment; filename="${name}"`,
    'Cache-Control': 'no-store',
  })
  await sendStream(res, deps, content)
}
