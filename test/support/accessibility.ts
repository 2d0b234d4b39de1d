import { AxeBuilder } from '@axe-core/playwright'
import type { Page } from 'playwright-core'

const STANDARDS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice']

/**
 * What axe finds wrong with the page on screen, a sentence each. The page's context must have JavaScript on: with it off
 * axe would wait for ever, so this throws. `rules` are those to ask alone.
 */
export async function axeFindings(page: Page, rules: string[] = []): Promise<string[]> {
  const isScriptOff = await page.evaluate("matchMedia('(scripting: none)').matches")
  if (isScriptOff === true) throw new Error('axe needs a context with JavaScript enabled')
  const axe = new AxeBuilder({ page })
  const { violations } = await (rules.length > 0 ? axe.withRules(rules) : axe.withTags(STANDARDS)).analyze()
  return violations.flatMap(({ id, help, nodes }) => nodes.map(node => `${id}: ${help} (${node.target.join(' ')})`))
}
