import { fieldName, readable, type Element } from './dom.ts'
import type { Rule, RuledPage } from './page-rules.ts'
import { faults, repeated, shown, unless } from './rule-parts.ts'

const CONTROLS = 'input, select, textarea, button, a, img[alt], progress'

/** What holds for every table. */
export const tableRules: Rule[] = [
  ({ $ }) => faults($, 'table', table => sentence($, table, wrongIn($, table))),
  ({ $ }) => faults($, 'th', cell => (cell.attribs.scope ? '' : `the heading cell "${readable([cell])}" has no scope`)),
  ({ $ }) =>
    faults($, 'th, td', cell => {
      const isEmpty = readable([cell]) === '' && $(cell).find(CONTROLS).length === 0
      return isEmpty ? `${shown(cell)} is an empty cell in the row "${readable($(cell).parent().toArray())}"` : ''
    }),
]

function wrongIn($: RuledPage['$'], table: Element): string[] {
  const { 'aria-labelledby': labelledBy } = table.attribs
  const boxes = $(table).find('input[type=checkbox]').toArray()
  const same = repeated(boxes.map(box => fieldName($, box).full))
  return [
    ...unless(readable($(table).children('caption').toArray()) !== '' || Boolean(labelledBy), 'has no caption'),
    ...unless($(table).find('[aria-sort]').length <= 1, 'has more than one aria-sort'),
    ...same.map(label => `has several boxes called "${label}"`),
  ]
}

function sentence($: RuledPage['$'], table: Element, wrong: string[]): string {
  const caption = readable($(table).children('caption').toArray())
  return wrong.length > 0 ? `the table "${caption}" ${wrong.join(', ')}` : ''
}
