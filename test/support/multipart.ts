import { randomBytes } from 'node:crypto'

export interface AttachedFile {
  name: string
  type: string
  content: Buffer
}

/** One name and value of a form, as it is sent. */
export type Entry = [name: string, value: string | AttachedFile]

/**
 * A body as browsers make it. FormData would leave out the empty name of a file field without a file, and so must we
 * not.
 */
export function multipart(entries: Entry[]): { headers: Record<string, string>; body: Buffer } {
  const boundary = `----WebKitFormBoundary${randomBytes(8).toString('hex')}`
  const parts = entries.flatMap(([name, value]) => [
    Buffer.from(`--${boundary}\r\n`),
    ...part(name, value),
    Buffer.from('\r\n'),
  ])
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)])
  return { headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, body }
}

function part(name: string, value: string | AttachedFile): Buffer[] {
  const disposition = `Content-Disposition: form-data; name="${escaped(name)}"`
  if (typeof value === 'string') return [Buffer.from(`${disposition}\r\n\r\n${value}`)]
  const head = `${disposition}; filename="${escaped(value.name)}"\r\nContent-Type: ${value.type}\r\n\r\n`
  return [Buffer.from(head), value.content]
}

function escaped(text: string): string {
  return text.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22')
}
