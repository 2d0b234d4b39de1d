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

/** What a page does that no page of ours may do; empty when all is well. */
export function brokenRules(html: string, context: PageContext): string[] {
  const page = { ...context, html, $: parsed(html) }
  return [...RULES.flatMap(rule => rule(page)), ...markupMistakes(html)]
}
