import { createWriteStream } from 'node:fs'
import { Agent, request as ask, type IncomingMessage } from 'node:http'
import { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { CookieJar } from '../../support/cookies.ts'
import { STAFF } from '../offices/fill.ts'

/** One answer, read to its end. */
export interface Reply {
  status: number
  /** Until the last byte. */
  ms: number
  firstByteMs: number
  lines: number
}

interface Asked {
  form?: URLSearchParams
  headers?: Record<string, string>
}

/** Somebody with one connection that is kept open, who asks for one page after the other. */
export class Visitor {
  readonly #origin: URL
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #cookies = new CookieJar()

  constructor(port: number) {
    this.#origin = new URL(`http://127.0.0.1:${String(port)}`)
  }

  /** A member of staff who has signed in, from an address of their own: one may try only so often. */
  static async ofStaff(port: number, from = '10.0.0.1'): Promise<Visitor> {
    const visitor = new Visitor(port)
    const names = { email: STAFF.email, password: STAFF.password }
    await visitor.signIn('/staff/sign-in', names, { 'x-forwarded-for': from })
    return visitor
  }

  /** Opens the form, and sends it; the answer is that to the form. */
  async signIn(address: string, names: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> {
    const page = await this.page(address)
    const token = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const form = new URLSearchParams({ _csrf: token, ...names })
    return this.#ask(address, { form, headers }, 303, new Writable({ write: (_piece, _encoding, done) => done() }))
  }

  /** Throws unless the page is there. */
  ask(address: string, { into }: { into?: string } = {}): Promise<Reply> {
    const away = into ? createWriteStream(into) : new Writable({ write: (_piece, _encoding, done) => done() })
    return this.#ask(address, {}, 200, away)
  }

  /** What a page says. */
  async page(address: string): Promise<string> {
    const pieces: Buffer[] = []
    const keep = new Writable({ write: (piece: Buffer, _encoding, done) => (pieces.push(piece), done()) })
    await this.#ask(address, {}, 200, keep)
    return Buffer.concat(pieces).toString('utf8')
  }

  leave(): void {
    this.#agent.destroy()
  }

  async #ask(address: string, asked: Asked, wanted: number, into: Writable): Promise<Reply> {
    const url = new URL(address, this.#origin)
    const start = performance.now()
    const response = await this.#sent(url, asked)
    const reply = { status: response.statusCode ?? 0, ms: 0, firstByteMs: 0, lines: 0 }
    response.on('data', (piece: Buffer) => {
      reply.firstByteMs ||= performance.now() - start
      for (let at = piece.indexOf(10); at >= 0; at = piece.indexOf(10, at + 1)) reply.lines += 1
    })
    await pipeline(response, into)
    reply.ms = performance.now() - start
    if (reply.status !== wanted) throw new Error(`${address} was answered with ${String(reply.status)}`)
    this.#cookies.take(url, cookiesOf(response))
    return reply
  }

  #sent(url: URL, { form, headers }: Asked): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const request = ask(url, {
        agent: this.#agent,
        method: form ? 'POST' : 'GET',
        headers: {
          cookie: this.#cookies.header(url),
          ...(form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
          ...headers,
        },
      })
      request.on('response', resolve)
      request.on('error', reject)
      request.end(form?.toString())
    })
  }
}

function cookiesOf(response: IncomingMessage): Headers {
  const headers = new Headers()
  for (const cookie of response.headers['set-cookie'] ?? []) headers.append('set-cookie', cookie)
  return headers
}
