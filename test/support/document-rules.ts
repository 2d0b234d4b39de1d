import { collapsed, readable, type Element } from './dom.ts'
import type { Rule, RuledPage } from './page-rules.ts'
import { faults, repeated, shown, unless } from './rule-parts.ts'

const FOCUSABLE =
  'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]:not([tabindex="-1"])'
const REFERENCES = ['aria-describedby', 'aria-labelledby', 'aria-controls', 'for']

/** What holds for the frame of every page: heading, title, ids, what it loads. */
export const documentRules: Rule[] = [
  frame,
  headings,
  title,
  skipLink,
  ids,
  noInlineCode,
  ownFilesOnly,
  pictures,
  caching,
]

function frame({ html, $ }: RuledPage): string[] {
  return [
    ...unless(/^\s*<!doctype html>/i.test(html), 'the page does not start with <!DOCTYPE html>'),
    ...unless(Boolean($('html').attr('lang')), '<html> has no lang'),
    ...unless($('main').length === 1 && $('main#main').length === 1, 'there is not exactly one <main id="main">'),
  ]
}

function headings({ $ }: RuledPage): string[] {
  const all = $<Element, string>('h1, h2, h3, h4, h5, h6').toArray()
  const skipping = all.filter((heading, at) => level(heading) > level(all[at - 1]) + 1)
  return [
    ...unless($('h1').length === 1, `there are ${$('h1').length} h1, not one`),
    ...all.filter(heading => readable([heading]) === '').map(heading => `${shown(heading)} is empty`),
    ...skipping.map(heading => `${shown(heading)} "${readable([heading])}" skips a heading level`),
  ]
}

function level(heading?: Element): number {
  return Number(heading?.name.slice(1) ?? 6)
}

function title({ $ }: RuledPage): string[] {
  const text = collapsed($('head title').text())
  const hasSummary = $('.error-summary').length > 0
  const brand = collapsed($('.brand').text()) || ($('.brand img').attr('alt') ?? '')
  return [
    ...unless(
      /\S – Portico$|\S client portal$/.test(text) || (brand !== '' && text.endsWith(` – ${brand}`)),
      `the title "${text}" does not end in " – Portico", " client portal" or the name at the top`,
    ),
    ...unless(
      text.startsWith('Error: ') === hasSummary,
      `the title "${text}" ${hasSummary ? 'does not start with "Error: "' : 'tells of an error that is not on the page'}`,
    ),
  ]
}

function skipLink({ $ }: RuledPage): string[] {
  const first = $('body').find(FOCUSABLE).first()
  return unless(first.is('a[href="#main"]'), 'the first thing to reach with Tab is not the skip link to #main')
}

function ids({ $ }: RuledPage): string[] {
  const all = $<Element, string>('[id]')
    .toArray()
    .map(element => element.attribs.id ?? '')
  const known = new Set(all)
  const dangling = REFERENCES.flatMap(name =>
    faults($, `[${name}]`, element => {
      const missing = (element.attribs[name] ?? '').split(/\s+/).filter(id => !known.has(id))
      return missing.length > 0 ? `${shown(element)} has ${name}="${missing.join(' ')}", which is not on the page` : ''
    }),
  )
  return [...repeated(all).map(id => `the id "${id}" occurs more than once`), ...dangling]
}

function noInlineCode({ $ }: RuledPage): string[] {
  return [
    ...faults($, 'script:not([src]), style', element => `${shown(element)} stands in the page itself`),
    ...faults($, '*', ({ name, attribs }) => {
      const code = Object.keys(attribs).filter(
        key => /^on|^style$/.test(key) || /^javascript:/i.test(attribs[key] ?? ''),
      )
      return code.length > 0 ? `<${name}> carries code or style in ${code.join(', ')}` : ''
    }),
  ]
}

function ownFilesOnly({ $ }: RuledPage): string[] {
  return faults($, 'link[href], script[src], img[src]', element => {
    const address = element.attribs.href ?? element.attribs.src ?? ''
    return /^([a-z][a-z+.-]*:|\/\/)/i.test(address)
      ? `${shown(element)} loads ${address}, which is not on this site`
      : ''
  })
}

function pictures({ $ }: RuledPage): string[] {
  return faults($, 'img, svg', picture => {
    const { alt, 'aria-hidden': hidden, 'aria-label': label } = picture.attribs
    const isNamed =
      picture.name === 'img' ? alt !== undefined : Boolean(label) || $(picture).children('title').length > 0
    return isNamed || hidden === 'true' ? '' : `${shown(picture)} has neither words nor aria-hidden="true"`
  })
}

function caching({ $, headers }: RuledPage): string[] {
  const isSignedIn = $<Element, string>('button')
    .toArray()
    .some(button => readable([button]) === 'Sign out')
  const isKept = !/no-store/.test(headers.get('cache-control') ?? '')
  return unless(!isSignedIn || !isKept, 'a signed-in page lacks Cache-Control: no-store')
}
