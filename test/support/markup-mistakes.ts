import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { HtmlValidate, StaticConfigLoader, type ConfigData } from 'html-validate'
import { projectRoot } from '../../src/root.ts'

const settings = JSON.parse(readFileSync(path.join(projectRoot, '.htmlvalidate.json'), 'utf8')) as ConfigData
const validator = new HtmlValidate(new StaticConfigLoader(settings))
const FORM_TOKEN = /(?<=name="_csrf" value=")[^"]*/g
const known = new Map<string, string[]>()

/** What html-validate finds in a page; pages that differ in their form tokens only are looked at once. */
export function markupMistakes(html: string): string[] {
  const key = createHash('sha1').update(html.replace(FORM_TOKEN, '')).digest('base64')
  const found = known.get(key) ?? validated(html)
  known.set(key, found)
  return found
}

function validated(html: string): string[] {
  const { results } = validator.validateStringSync(html)
  const messages = results.flatMap(result => result.messages)
  return messages.map(
    ({ ruleId, message, line, selector }) => `${ruleId}: ${message} (line ${line}, ${selector ?? 'page'})`,
  )
}
