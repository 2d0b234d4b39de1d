import type { CheerioAPI } from 'cheerio'
import type { Element } from './dom.ts'

/** The sentence when something does not hold. */
export function unless(holds: boolean, sentence: string): string[] {
  return holds ? [] : [sentence]
}

/** The sentences about the elements that a check finds fault with; it answers '' for the others. */
export function faults($: CheerioAPI, selector: string, check: (element: Element) => string): string[] {
  return $<Element, string>(selector)
    .toArray()
    .map(check)
    .filter(sentence => sentence !== '')
}

/** An element in a few words, for a sentence about it. */
export function shown({ name, attribs }: Element): string {
  const telling = ['id', 'name', 'value', 'href', 'class'].filter(key => attribs[key]).slice(0, 2)
  return `<${[name, ...telling.map(key => `${key}="${attribs[key] ?? ''}"`)].join(' ')}>`
}

/** Those that occur more than once, once each. */
export function repeated(values: string[]): string[] {
  return [...new Set(values.filter((value, at) => values.indexOf(value) !== at))]
}
