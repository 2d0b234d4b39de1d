import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { HtmlValidate, StaticConfigLoader, type ConfigData, type ResolvedConfig } from 'html-validate'
import { projectRoot } from '../../src/root.ts'
import { engine } from './engine.ts'

/** The same settings hold for every page, so they are worked out once. */
class OneConfigLoader extends StaticConfigLoader {
  #resolved: ResolvedConfig | undefined

  override getConfigFor(handle: string): ResolvedConfig {
    this.#resolved ??= super.getConfigFor(handle) as ResolvedConfig
    return this.#resolved
  }
}

const settings = JSON.parse(readFileSync(path.join(projectRoot, '.htmlvalidate.json'), 'utf8')) as ConfigData
const validator = new HtmlValidate(new OneConfigLoader(settings))

/** Words between two tags, without a sign that means something in HTML. */
const PLAIN_WORDS = /(?<=>)\s*[\p{L}\p{N}][\p{L}\p{N}\s,.:@-]*(?=<)/gu
/** What differs from row to row. The names of fields stay, for two of one form may not be the same. */
const TELLING = / (id|for|href|value|datetime|aria-\w+)="([^"]*)"/g
const NEEDS_END = /<(\/?)(html|head|body|p|li|dt|dd|option|optgroup|caption|colgroup|thead|tbody|tfoot)\b/g
const ROW = /(?=<(?:tr|li|option)\b)/
const known = new Map<string, string[]>()

/**
 * What html-validate finds in a page. It is slow: it looks beside one engine only, for both draw the same pages, and once
 * at pages of one shape: those that differ in plain words, in numbers of rows, and in how many rows of a kind beyond two
 * they have. That no id occurs twice is looked at in every page.
 */
export function markupMistakes(html: string): string[] {
  if (engine === 'postgres') return []
  const shape = shapeOf(html)
  const mistakes = known.get(shape) ?? lookedAt(html)
  known.set(shape, mistakes)
  return mistakes
}

function shapeOf(html: string): string {
  const seen = new Map<string, number>()
  const isNew = (row: string): boolean => {
    const times = (seen.get(row) ?? 0) + 1
    seen.set(row, times)
    return times <= 2
  }
  const rows = html.replace(PLAIN_WORDS, 'x').replace(TELLING, withoutNumbers).split(ROW).filter(isNew)
  return createHash('sha1').update(rows.join('')).digest('base64')
}

function withoutNumbers(attribute: string): string {
  return attribute.replace(/\d+/g, '0')
}

function lookedAt(html: string): string[] {
  const { results } = validator.validateStringSync(html)
  const messages = results.flatMap(result => result.messages)
  return [
    ...unended(html),
    ...messages.map(
      ({ ruleId, message, line, selector }) => `${ruleId}: ${message} (line ${line}, ${selector ?? 'page'})`,
    ),
  ]
}

/** Those of rows and cells may be left out: they are of no use to a browser, and much of a long list. */
function unended(html: string): string[] {
  const more = new Map<string, number>()
  for (const [, slash, name = ''] of html.matchAll(NEEDS_END)) more.set(name, (more.get(name) ?? 0) + (slash ? -1 : 1))
  return [...more].filter(([, open]) => open !== 0).map(([name]) => `a <${name}> has no end tag, or one too many`)
}
