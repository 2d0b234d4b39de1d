import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import type { Result } from 'axe-core'
import type { Page } from 'playwright-core'

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']
const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * What axe finds wrong with the page on screen, a sentence each. The page's context must have JavaScript on: with it off
 * axe would wait for ever, so this throws. `rules` are those to ask alone.
 */
export async function axeFindings(page: Page, rules: string[] = []): Promise<string[]> {
  const [isScriptOff, isThere] = (await page.evaluate(
    "[matchMedia('(scripting: none)').matches, 'axe' in window]",
  )) as [boolean, boolean]
  if (isScriptOff) throw new Error('axe needs a context with JavaScript enabled')
  if (!isThere) await page.evaluate(source)
  const runOnly = rules.length > 0 ? { type: 'rule', values: rules } : { type: 'tag', values: STANDARDS }
  const options = { runOnly, resultTypes: ['violations'] }
  const violations = (await page.evaluate(
    `axe.run(${JSON.stringify(options)}).then(({ violations }) => violations)`,
  )) as Result[]
  return violations.flatMap(({ id, help, nodes }) => nodes.map(node => `${id}: ${help} (${node.target.join(' ')})`))
}
