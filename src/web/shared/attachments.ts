import type { Request, Response } from 'express'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Deps } from './deps.ts'

/** Something kept, to be saved by a browser and never shown by it. `version` changes with the content. */
export interface Attachment {
  name: string
  mediaType: string
  size: number
  version: string
  open(range?: { start: number; end: number }): Promise<Readable>
}

/** Sends it whole, or the one part that was asked for; for HEAD only what would be sent is told. */
export async function sendAttachment(req: Request, res: Response, deps: Deps, attachment: Attachment): Promise<void> {
  const { name, mediaType, size, version } = attachment
  const range = rangeOf(req, size, version)
  // Opened first: when it is not there, the page that says so is no attachment.
  const content = range === 'none-such' || req.method === 'HEAD' ? null : await attachment.open(range ?? undefined)
  attachmentHeaders(res, name, mediaType)
  res.set({ 'Accept-Ranges': 'bytes', ETag: `"${version}"` })
  if (range === 'none-such')
    return void res
      .status(416)
      .set('Content-Range', `bytes */${String(size)}`)
      .end()
  if (range) {
    res.status(206).set('Content-Range', `bytes ${String(range.start)}-${String(range.end)}/${String(size)}`)
  }
  const length = range ? range.end - range.start + 1 : size
  res.set('Content-Length', String(length))
  if (content) await sendStream(res, deps, exactly(length, content))
  else res.end()
}

/** Whatever it holds, a browser saves it and runs nothing of it. */
export function attachmentHeaders(res: Response, name: string, mediaType: string): void {
  res.set({
    'Content-Type': mediaType.startsWith('text/') ? `${mediaType}; charset=utf-8` : mediaType,
    'Content-Disposition': disposition(name),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  })
}

/** Who reads is gone. */
const LEFT_EARLY = /^(ERR_STREAM_PREMATURE_CLOSE|ECONNRESET|EPIPE)$/

/**
 * Sends a stream to its end. When it fails the line is cut, so that nobody takes a part for the whole; one who leaves early is
 * no failure of ours.
 */
export async function sendStream(res: Response, { log }: Deps, content: AsyncIterable<Buffer | string>): Promise<void> {
  await pipeline(content, res).catch((error: unknown) => {
    const line = { err: error, reqId: res.req.id }
    if (LEFT_EARLY.test(String((error as NodeJS.ErrnoException).code))) log.warn(line, 'a download ended early')
    else log.error(line, 'a download failed half-way')
  })
}

/** What is not as long as was said is cut off at once: else whoever reads would wait for the rest, or take it for whole. */
async function* exactly(length: number, content: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let left = length
  for await (const piece of content) {
    left -= piece.length
    if (left < 0) break
    yield piece
  }
  if (left !== 0) throw new Error('A document is not as long as it was when it was kept')
}

/** The name in plain letters for old programs, and as it is for all others (RFC 6266). */
function disposition(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/[^\x20-\x7e]/g, '')
    .replace(/["\\%]/g, '_')
  const whole = encodeURIComponent(name).replace(
    /['()*]/g,
    letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain || 'document'}"; filename*=UTF-8''${whole}`
}

/** Null when all is to be sent: no part was asked for, several were, or one of a content that is no more. */
function rangeOf(req: Request, size: number, version: string): { start: number; end: number } | 'none-such' | null {
  const same = req.get('if-range')
  if (same !== undefined && same !== `"${version}"`) return null
  const ranges = req.range(size)
  if (ranges === -1) return 'none-such'
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes') return null
  const [range, ...others] = ranges
  return range && others.length === 0 ? { start: range.start, end: range.end } : null
}
