import type { CheerioAPI } from 'cheerio'
import { CookieJar } from './cookies.ts'
import { parsed } from './dom.ts'
import { brokenRules } from './page-rules.ts'

/** One answer of the site. */
export interface Reply {
  url: URL
  status: number
  headers: Headers
  body: Buffer
  text: string
  /** The page in it, parsed when somebody first looks at it; always the same one. */
  dom: () => CheerioAPI
}

/** One request; `url` stays on the site. */
export interface SiteRequest {
  method: string
  url: URL
  headers?: Record<string, string>
  body?: string | Buffer | URLSearchParams
  /** Not held against the page rules: for one page of a kind among many. */
  unruled?: boolean
}

const MOST_REDIRECTS = 20
let clients = 0

/**
 * Sends requests to one site as one browser: its own address and cookies, and every page held against the page rules.
 */
export class SiteClient {
  readonly base: URL
  readonly cookies = new CookieJar()
  readonly #headers: Record<string, string>
  readonly #forgiven: RegExp | null

  /** `forgiven` are rules that may be broken, by the words that tell of it. */
  constructor(base: string, headers: Record<string, string>, forgiven: RegExp | null = null) {
    this.base = new URL(base)
    this.#forgiven = forgiven
    clients += 1
    const address = [10, clients >> 16, (clients >> 8) & 255, clients & 255].join('.')
    this.#headers = { accept: 'text/html,*/*;q=0.8', 'x-forwarded-for': address, ...lowerCased(headers) }
  }

  /** An address on this site, typed or taken from a mail or a link. */
  address(path: string, from: URL = this.base): URL {
    const url = new URL(path, from)
    if (url.origin !== this.base.origin) throw new Error(`${url.href} is not on this site, ${this.base.origin}`)
    return url
  }

  /** One request and its answer; redirects are not followed. */
  async send({ method, url, headers = {}, body, unruled = false }: SiteRequest): Promise<Reply> {
    const cookie = this.cookies.header(url)
    const sent = { ...this.#headers, ...(cookie && { cookie }), ...lowerCased(headers) }
    const init: RequestInit = { method, headers: sent, redirect: 'manual', body: body ?? null }
    const response = await fetch(url, init).catch((error: unknown) => {
      throw new Error(`${method} ${url.pathname} got no answer`, { cause: error })
    })
    this.cookies.take(url, response.headers)
    const bytes = Buffer.from(await response.arrayBuffer())
    const text = bytes.toString('utf8')
    const reply = { url, status: response.status, headers: response.headers, body: bytes, text, dom: lazily(text) }
    if (!unruled) refuseBrokenPage(method, reply, this.#forgiven)
    return reply
  }

  /** The request and whatever it redirects to; `through` are the Location headers on the way. */
  async follow(request: SiteRequest): Promise<{ reply: Reply; through: string[] }> {
    const through: string[] = []
    let now = request
    let reply = await this.send(now)
    while (isRedirect(reply)) {
      const location = reply.headers.get('location') ?? ''
      through.push(location)
      if (through.length > MOST_REDIRECTS) throw new Error(`Too many redirects: ${through.join(' → ')}`)
      now = redirected(now, reply.status, this.address(location, reply.url))
      reply = await this.send(now)
    }
    return { reply, through }
  }
}

/** Whether a browser would save this answer as a file rather than show it. */
export function isFile({ headers }: Reply): boolean {
  const type = headers.get('content-type') ?? 'text/html'
  return /^attachment/i.test(headers.get('content-disposition') ?? '') || !/^(text\/|application\/json)/.test(type)
}

function isRedirect({ status, headers }: Reply): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers.has('location')
}

function redirected(request: SiteRequest, status: number, url: URL): SiteRequest {
  if (status === 307 || status === 308) return { ...request, url }
  const { 'content-type': _, ...headers } = lowerCased(request.headers ?? {})
  return { method: request.method === 'HEAD' ? 'HEAD' : 'GET', url, headers }
}

/** The few words a redirect carries as HTML are never shown, so they are no page. */
function refuseBrokenPage(method: string, reply: Reply, forgiven: RegExp | null): void {
  const { url, status, headers, text, dom } = reply
  const isHtml = headers.get('content-type')?.startsWith('text/html') ?? false
  if (!isHtml || isRedirect(reply) || text === '') return
  const broken = brokenRules(text, { url: url.href, status, headers }, dom).filter(rule => !forgiven?.test(rule))
  if (broken.length === 0) return
  const page = `${method} ${url.pathname}${url.search} (${status})`
  throw new Error(`Page rules broken on ${page}:\n${broken.map(rule => `  - ${rule}`).join('\n')}`)
}

function lazily(html: string): () => CheerioAPI {
  let $: CheerioAPI | undefined
  return () => ($ ??= parsed(html))
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
