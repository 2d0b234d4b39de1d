import type { CheerioAPI } from 'cheerio'
import type { CookieJar } from './cookies.ts'
import { collapsed, readable, type Element } from './dom.ts'
import { buttonNamed, chooseRadio, fieldLabelled, fillField, linkNamed } from './fields.ts'
import { isFile, SiteClient, type Reply, type SiteRequest } from './site-client.ts'
import { buttonOnEnter, submissionBy, type Attached } from './submission.ts'

/** Values of a form by name; several of one name as a list. */
export type Fields = Record<string, string | number | (string | number)[]>

interface Page {
  reply: Reply
  attached: Attached
}

/**
 * A browser without script: finds things by their words as a person does, sends forms as a browser does, and throws when
 * any page it is given breaks the page rules.
 */
export class Browser {
  /** Location headers followed by the last step. */
  redirects: string[] = []
  /** The file the last step led to, if it led to one; the page stays as it was. */
  downloaded: Reply | undefined
  readonly #client: SiteClient
  readonly #history: Page[] = []

  constructor(base: string, options: { headers?: Record<string, string>; forgiven?: RegExp } = {}) {
    this.#client = new SiteClient(base, options.headers ?? {}, options.forgiven)
  }

  /** Types an address: a path, or a whole address of this site as it stands in a mail. */
  async open(path: string): Promise<void> {
    const headers = { 'sec-fetch-site': 'none' }
    await this.#go({ method: 'GET', url: this.#client.address(path, this.#current?.reply.url), headers })
  }

  /** Follows the link with this text or aria-label. */
  async click(linkText: string): Promise<void> {
    const href = linkNamed(this.$, linkText)
    if (!href.startsWith('#')) await this.#go(this.#linked(href))
  }

  /** Types into the field with this label, or chooses in a list by its words or value. */
  fill(label: string, value: string | string[], group?: string): void {
    fillField(this.$, fieldLabelled(this.$, 'typed', label, group), value)
  }

  tick(label: string, group?: string): void {
    fieldLabelled(this.$, 'box', label, group).attr('checked', '')
  }

  untick(label: string, group?: string): void {
    fieldLabelled(this.$, 'box', label, group).removeAttr('checked')
  }

  /** Chooses a radio button; `group` is the legend, where the same label stands under several. */
  choose(label: string, group?: string): void {
    chooseRadio(this.$, fieldLabelled(this.$, 'radio', label, group))
  }

  attach(label: string, filename: string, content: Buffer | string, type = 'text/csv'): void {
    const field = fieldLabelled(this.$, 'file', label).get(0)
    if (field) this.#page.attached.set(field, { name: filename, type, content: Buffer.from(content) })
  }

  /** Presses the button with these words, or the only one that begins with or holds them. */
  async press(buttonText: string): Promise<void> {
    await this.#submit(buttonNamed(this.$, buttonText))
  }

  /** Presses Enter in a field. */
  async submitEnter(label: string): Promise<void> {
    await this.#submit(buttonOnEnter(this.$, fieldLabelled(this.$, 'typed', label)))
  }

  /** Shows the page before again, with what its form held when it was left, and asks the site for nothing. */
  back(): void {
    if (this.#history.length < 2) throw new Error('There is no page to go back to')
    this.#history.pop()
    this.redirects = []
  }

  /** Sends fields that no form on the page need have, with the form token of this page unless `_csrf` is given. */
  async post(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<void> {
    const all: Fields = { _csrf: this.#token, ...fields }
    const entries = Object.entries(all).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, String(value)]),
    )
    const url = this.#client.address(path, this.#current?.reply.url)
    await this.#go({
      method: 'POST',
      url,
      headers: { ...this.#fromPage, ...headers },
      body: new URLSearchParams(entries),
    })
  }

  /** One request with this browser's cookies and nothing else; the page stays, redirects are not followed. */
  raw(method: string, path: string, request: Pick<SiteRequest, 'headers' | 'body' | 'unruled'> = {}): Promise<Reply> {
    return this.#client.send({ method, url: this.#client.address(path), ...request })
  }

  /** What a link, or an address that starts with a slash, gives to save. The page stays. */
  async download(linkTextOrPath: string): Promise<Reply> {
    const href = linkTextOrPath.startsWith('/') ? linkTextOrPath : linkNamed(this.$, linkTextOrPath)
    const { reply } = await this.#client.follow(this.#linked(href))
    return reply
  }

  get cookies(): CookieJar {
    return this.#client.cookies
  }

  get $(): CheerioAPI {
    return this.#page.reply.dom()
  }

  get status(): number {
    return this.#page.reply.status
  }

  get headers(): Headers {
    return this.#page.reply.headers
  }

  get html(): string {
    return this.#page.reply.text
  }

  /** Path and query of the page, after redirects. */
  get path(): string {
    const { pathname, search } = this.#page.reply.url
    return pathname + search
  }

  get title(): string {
    return collapsed(this.$('title').text())
  }

  get h1(): string {
    return readable(this.$('h1').toArray())
  }

  /** Everything there is to read in main, hidden words included; the whole page when it has no main. */
  get text(): string {
    const main = this.$('main').toArray()
    return readable(main.length > 0 ? main : this.$('body').toArray())
  }

  /** The messages of the error summary. */
  errors(): string[] {
    return this.#texts('.error-summary li')
  }

  /** What the lists of facts say, by their terms. */
  facts(): Record<string, string> {
    const terms = this.$<Element, string>('dl.facts dt').toArray()
    return Object.fromEntries(
      terms.map(term => [readable([term]), readable(this.$(term).nextUntil('dt', 'dd').toArray())]),
    )
  }

  /**
   * The body cells, row by row, of the table whose caption holds the words, or of the first; none when there is no
   * table.
   */
  tableRows(captionPart?: string): string[][] {
    const captions = this.#texts('main table caption')
    const tables = this.$<Element, string>('main table').toArray()
    const table = tables.find(one => readable(this.$(one).children('caption').toArray()).includes(captionPart ?? ''))
    if (!table && captionPart !== undefined)
      throw new Error(`No table "${captionPart}". Captions: ${captions.join(' | ')}`)
    const rows = this.$(table).find('tbody tr').toArray()
    return rows.map(row =>
      this.$(row)
        .children('td, th')
        .toArray()
        .map(cell => readable([cell])),
    )
  }

  get #current(): Page | undefined {
    return this.#history.at(-1)
  }

  get #page(): Page {
    if (!this.#current) throw new Error('No page is open yet')
    return this.#current
  }

  get #token(): string {
    return this.#current?.reply.dom()('input[name=_csrf]').first().attr('value') ?? ''
  }

  get #fromPage(): Record<string, string> {
    const referer = this.#current?.reply.url.href
    return {
      'sec-fetch-site': 'same-origin',
      origin: this.#client.base.origin,
      ...(referer !== undefined && { referer }),
    }
  }

  #texts(selector: string): string[] {
    return this.$(selector)
      .toArray()
      .map(element => readable([element]))
  }

  #linked(href: string): SiteRequest {
    const { origin: _, ...headers } = this.#fromPage
    return { method: 'GET', url: this.#client.address(href, this.#current?.reply.url), headers }
  }

  async #submit(button: Element): Promise<void> {
    const sent = submissionBy(this.$, button, this.#page.reply.url, this.#page.attached)
    if (sent.method === 'GET') return this.#go(this.#linked(sent.url.href))
    const headers = { ...this.#fromPage, ...sent.headers }
    await this.#go({ ...sent, url: this.#client.address(sent.url.href), headers })
  }

  async #go(request: SiteRequest): Promise<void> {
    const { reply, through } = await this.#client.follow(request)
    this.redirects = through
    this.downloaded = isFile(reply) ? reply : undefined
    if (!isFile(reply) && reply.status !== 204) this.#history.push({ reply, attached: new Map() })
  }
}
