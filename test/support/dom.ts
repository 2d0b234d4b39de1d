import { load, type Cheerio, type CheerioAPI } from 'cheerio'
import type { AnyNode, Element } from 'domhandler'

export type { Element }

type LeavesOut = (element: Element) => boolean

const NEVER_READ = new Set(['script', 'style', 'template', 'head'])
const BLOCKS = new Set(
  `address article aside blockquote br caption dd details div dl dt fieldset footer form h1 h2 h3 h4 h5 h6 header hr label
  legend li main nav ol option p pre search section summary table tbody td textarea tfoot th thead tr ul`.split(/\s+/),
)
const labelIndexes = new WeakMap<CheerioAPI, Map<string, Element[]>>()

/** Parses as a browser without script does: what is in <noscript> counts. */
export function parsed(html: string): CheerioAPI {
  return load(html, { scriptingEnabled: false })
}

/** Every run of white space as one space, none at the ends. */
export function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** What is there to read in the nodes, blocks apart; of a drop-down list only the choice made. */
export function readable(nodes: Iterable<AnyNode>, leavesOut: LeavesOut = () => false): string {
  return collapsed([...nodes].map(node => rawText(node, leavesOut)).join(''))
}

/** What a link, button or cell is called by those who hear it: its aria-label, or its words without decoration. */
export function spokenName($: CheerioAPI, element: Element): string {
  const { 'aria-label': label, 'aria-labelledby': labelledBy, value } = element.attribs
  if (label) return collapsed(label)
  if (labelledBy) return readableById($, labelledBy)
  if (element.name === 'input') return collapsed(value ?? '')
  return readable([element], isDecoration)
}

/** The words of the elements that a list of ids names, in that order. */
export function readableById($: CheerioAPI, ids: string): string {
  return collapsed(
    ids
      .split(/\s+/)
      .map(id => readable(byId($, id)))
      .join(' '),
  )
}

export function byId($: CheerioAPI, id: string): Element[] {
  return $<Element, string>('[id]')
    .toArray()
    .filter(element => element.attribs.id === id)
}

/** The nearest element around this one, itself included, that fits the selector. */
export function closest($: CheerioAPI, element: Element, selector: string): Cheerio<Element> {
  return $(element).closest(selector) as Cheerio<Element>
}

/**
 * What a field is called: `full` as it is heard, `seen` without what only a screen reader says. Empty: it has no label.
 */
export function fieldName($: CheerioAPI, field: Element): { full: string; seen: string } {
  const { 'aria-label': label, 'aria-labelledby': labelledBy } = field.attribs
  if (labelledBy) return both(readableById($, labelledBy))
  if (label) return both(collapsed(label))
  const labels = labelsOf($, field)
  return {
    full: readable(labels, element => isControl(element) || isDecoration(element)),
    seen: readable(labels, element => isControl(element) || isVisuallyHidden(element)),
  }
}

function labelsOf($: CheerioAPI, field: Element): Element[] {
  const around = closest($, field, 'label').toArray()
  const pointing = labelIndex($).get(field.attribs.id ?? '') ?? []
  return [...new Set([...pointing, ...around])]
}

function labelIndex($: CheerioAPI): Map<string, Element[]> {
  const known = labelIndexes.get($)
  if (known) return known
  const index = new Map<string, Element[]>()
  for (const label of $<Element, string>('label[for]').toArray()) {
    const id = label.attribs.for ?? ''
    index.set(id, [...(index.get(id) ?? []), label])
  }
  labelIndexes.set($, index)
  return index
}

function both(name: string): { full: string; seen: string } {
  return { full: name, seen: name }
}

function rawText(node: AnyNode, leavesOut: LeavesOut): string {
  if ('data' in node) return node.nodeType === 3 ? node.data : ''
  if (!('attribs' in node)) return node.children.map(child => rawText(child, leavesOut)).join('')
  if (NEVER_READ.has(node.name) || 'hidden' in node.attribs || leavesOut(node)) return ''
  if (node.name === 'img') return node.attribs.alt ?? ''
  const inner = shownChildren(node)
    .map(child => rawText(child, leavesOut))
    .join('')
  return BLOCKS.has(node.name) ? ` ${inner} ` : inner
}

function shownChildren(element: Element): AnyNode[] {
  if (element.name !== 'select') return element.children
  const options = optionsOf(element)
  const chosen = options.filter(option => 'selected' in option.attribs)
  return chosen.length > 0 ? chosen : options.slice(0, 1)
}

function optionsOf(parent: Element): Element[] {
  return parent.children.flatMap(child => {
    if (!('attribs' in child)) return []
    return child.name === 'option' ? [child] : optionsOf(child)
  })
}

function isDecoration(element: Element): boolean {
  return element.attribs['aria-hidden'] === 'true'
}

function isVisuallyHidden(element: Element): boolean {
  return (element.attribs.class ?? '').split(/\s+/).includes('vh')
}

function isControl(element: Element): boolean {
  return ['input', 'select', 'textarea', 'button'].includes(element.name)
}
