import http from 'node:http'
import type { World } from './world.ts'

export interface WireRequest {
  method?: string
  /** Sent as it stands: nothing is put in order first. */
  path: string
  headers?: Record<string, string>
  body?: string | Buffer
}

export interface WireReply {
  status: number
  headers: http.IncomingHttpHeaders
  text: string
}

let asked = 0

/** A request that no browser would send: any method, any path, any Host. Each comes from another network address. */
export function wire(world: World, { method = 'GET', path, headers = {}, body }: WireRequest): Promise<WireReply> {
  asked += 1
  const address = `10.9.${String(asked >> 8)}.${String(asked & 255)}`
  const { hostname, port } = new URL(world.base)
  const all = {
    'x-forwarded-for': address,
    ...(body !== undefined && { 'content-length': String(Buffer.byteLength(body)) }),
  }
  return new Promise((resolve, reject) => {
    const request = http.request(
      { hostname, port, method, path, headers: { ...all, ...headers }, agent: false },
      reply => {
        const parts: Buffer[] = []
        reply.on('data', (part: Buffer) => parts.push(part))
        reply.on('error', reject)
        reply.on('end', () => {
          resolve({
            status: reply.statusCode ?? 0,
            headers: reply.headers,
            text: Buffer.concat(parts).toString('utf8'),
          })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

/** The headers of a form sent by a browser with these cookies from our own page. */
export function formHeaders(cookie: string): Record<string, string> {
  return { cookie, 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' }
}
