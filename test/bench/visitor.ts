import { Agent, get } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { CookieJar } from '../support/cookies.ts'
import { STAFF } from './databases.ts'

/** One answer, read to its end. */
export interface Reply {
  status: number
  /** Until the last byte. */
  ms: number
  firstByteMs: number
  bytes: number
  lines: number
}

/** Somebody with one connection that is kept open, who asks for one page after the other. */
export class Visitor {
  readonly #origin: URL
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #cookies = new CookieJar()

  constructor(port: number) {
    this.#origin = new URL(`http://127.0.0.1:${String(port)}`)
  }

  async signIn(): Promise<void> {
    const page = await this.#fetch('/staff/sign-in', {})
    const token = /name="_csrf" value="([^"]+)"/.exec(await page.text())?.[1] ?? ''
    const body = new URLSearchParams({ _csrf: token, email: STAFF.email, password: STAFF.password })
    const reply = await this.#fetch('/staff/sign-in', { method: 'POST', body })
    if (reply.status !== 303) throw new Error(`Signing in was answered with ${String(reply.status)}`)
  }

  /** Throws unless the page is there. */
  ask(address: string): Promise<Reply> {
    const url = new URL(address, this.#origin)
    const headers = { cookie: this.#cookies.header(url) }
    const start = performance.now()
    return new Promise((resolve, reject) => {
      const request = get(url, { agent: this.#agent, headers }, response => {
        const reply = { status: response.statusCode ?? 0, ms: 0, firstByteMs: 0, bytes: 0, lines: 0 }
        response.on('data', (piece: Buffer) => {
          reply.firstByteMs ||= performance.now() - start
          reply.bytes += piece.length
          for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) reply.lines += 1
        })
        response.on('error', reject)
        response.on('end', () => {
          reply.ms = performance.now() - start
          if (reply.status === 200) resolve(reply)
          else reject(new Error(`${address} was answered with ${String(reply.status)}`))
        })
      })
      request.on('error', reject)
    })
  }

  leave(): void {
    this.#agent.destroy()
  }

  async #fetch(path: string, request: RequestInit): Promise<Response> {
    const url = new URL(path, this.#origin)
    const response = await fetch(url, {
      ...request,
      redirect: 'manual',
      headers: { cookie: this.#cookies.header(url) },
    })
    this.#cookies.take(url, response.headers)
    return response
  }
}

/** A port that nobody listens on just now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}
