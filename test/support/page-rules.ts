import { createHash } from 'node:crypto'
import type { CheerioAPI } from 'cheerio'
import { documentRules } from './document-rules.ts'
import { parsed } from './dom.ts'
import { formRules } from './form-rules.ts'
import { markupMistakes } from './markup-mistakes.ts'
import { tableRules } from './table-rules.ts'
import { wordRules } from './word-rules.ts'

/** A page as it came from the site. */
export interface PageContext {
  url: string
  status: number
  headers: Headers
}

/** A page under the rules. */
export interface RuledPage extends PageContext {
  html: string
  $: CheerioAPI
}

/** Says what is wrong with a page: nothing when it keeps the rule. */
export type Rule = (page: RuledPage) => string[]

const RULES: Rule[] = [...documentRules, ...formRules, ...tableRules, ...wordRules]

/** What is new each time the same page is drawn: form tokens, form keys, the secrets of links and selections. */
const DRAWN_BY_LOT = /[\w-]{40,}|(?<=[?&;]s=)[\w-]{12}(?=["&])/g
const known = new Map<string, string[]>()

/**
 * What a page does that no page of ours may do; empty when all is well. Pages that differ in what is drawn by lot only
 * are looked at once.
 */
export function brokenRules(html: string, context: PageContext, dom = () => parsed(html)): string[] {
  const key = fingerprint(html, context)
  const broken = known.get(key) ?? lookedAt({ ...context, html, $: dom() })
  known.set(key, broken)
  return broken
}

function fingerprint(html: string, { url, status, headers }: PageContext): string {
  const { pathname, search } = new URL(url)
  const page = [status, headers.get('cache-control'), pathname + search, html].join('\n')
  return createHash('sha1').update(page.replace(DRAWN_BY_LOT, '…')).digest('base64')
}

function lookedAt(page: RuledPage): string[] {
  return [...RULES.flatMap(rule => rule(page)), ...markupMistakes(page.html.replace(DRAWN_BY_LOT, '…'))]
}
