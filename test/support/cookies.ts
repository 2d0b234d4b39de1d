interface Cookie {
  name: string
  value: string
  path: string
  /** Milliseconds; Infinity lasts until the browser closes. */
  expires: number
}

/** The cookies of one site, kept as a browser keeps them. */
export class CookieJar {
  readonly #cookies = new Map<string, Cookie>()

  /** Takes what a response sets: Max-Age goes before Expires, and a time gone by removes the cookie. */
  take(url: URL, headers: Headers): void {
    for (const line of headers.getSetCookie()) this.#keep(readCookie(line, url))
  }

  /** The Cookie header for a request, longer paths first; empty when there is none. */
  header(url: URL): string {
    const fitting = [...this.#cookies.values()].filter(
      one => one.expires > Date.now() && covers(one.path, url.pathname),
    )
    const ordered = fitting.toSorted((a, b) => b.path.length - a.path.length)
    return ordered.map(({ name, value }) => `${name}=${value}`).join('; ')
  }

  /** The value of a cookie, whatever its path. */
  value(name: string): string | undefined {
    return [...this.#cookies.values()].find(cookie => cookie.name === name && cookie.expires > Date.now())?.value
  }

  names(): string[] {
    return [...this.#cookies.values()].map(cookie => cookie.name)
  }

  /** Puts a cookie there as somebody who tampers does. */
  set(name: string, value: string, path = '/'): void {
    this.#keep({ name, value, path, expires: Infinity })
  }

  clear(): void {
    this.#cookies.clear()
  }

  #keep(cookie: Cookie): void {
    const key = `${cookie.name};${cookie.path}`
    if (cookie.expires <= Date.now()) this.#cookies.delete(key)
    else this.#cookies.set(key, cookie)
  }
}

function readCookie(line: string, url: URL): Cookie {
  const [pair = '', ...attributes] = line.split(';').map(part => part.trim())
  const given = new Map(attributes.map(nameAndValue).map(([name, value]) => [name.toLowerCase(), value]))
  const [name, value] = nameAndValue(pair)
  const path = given.get('path') ?? ''
  return { name, value, path: path.startsWith('/') ? path : folderOf(url.pathname), expires: endOf(given) }
}

function endOf(given: Map<string, string>): number {
  const maxAge = given.get('max-age')
  if (maxAge !== undefined) return Number(maxAge) > 0 ? Date.now() + Number(maxAge) * 1000 : 0
  const expires = Date.parse(given.get('expires') ?? '')
  return Number.isNaN(expires) ? Infinity : expires
}

function nameAndValue(text: string): [string, string] {
  const at = text.indexOf('=')
  return at < 0 ? [text, ''] : [text.slice(0, at).trim(), text.slice(at + 1).trim()]
}

function folderOf(pathname: string): string {
  return pathname.slice(0, Math.max(pathname.lastIndexOf('/'), 1))
}

function covers(cookiePath: string, pathname: string): boolean {
  if (pathname === cookiePath) return true
  return pathname.startsWith(cookiePath.endsWith('/') ? cookiePath : `${cookiePath}/`)
}
