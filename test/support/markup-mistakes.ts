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

/** What html-validate finds in a page. It looks beside one engine only: it is slow, and both draw the same pages. */
export function markupMistakes(html: string): string[] {
  if (engine === 'postgres') return []
  const { results } = validator.validateStringSync(html)
  const messages = results.flatMap(result => result.messages).filter(one => !isLetOut(one))
  return messages.map(
    ({ ruleId, message, line, selector }) => `${ruleId}: ${message} (line ${line}, ${selector ?? 'page'})`,
  )
}

/**
 * The end tags of rows and cells are of no use to a browser, and much of a long list. Headings of some rows are known
 * by `#i` and a number.
 */
function isLetOut({ ruleId, selector }: { ruleId: string; selector: string | null }): boolean {
  return ruleId === 'no-implicit-close' && /(tbody > tr[^>]*( > t[hd][^>]*)?|^#i\d+)$/.test(selector ?? '')
}
