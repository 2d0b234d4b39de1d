import { readable, spokenName, type Element } from './dom.ts'
import type { Rule, RuledPage } from './page-rules.ts'
import { faults, repeated, shown } from './rule-parts.ts'

const SENTENCES = 'title, h1, h2, h3, p, li, td, th, dt, dd, caption, legend, label, button, a, summary'
const ONE_OF_MANY =
  /\b1 (contacts|rows|portals|portal users|people|companies|changes|invitations|emails|days|hours|minutes)\b/
const NONE_OF_ONE = /\b0 (contact|row|portal(?! users?\b)|portal user|person|company|change|invitation)\b/
const LEAKS = /^(undefined|null|NaN)$|\[object \w+\]/
const SAYS_NOTHING = /^(here|click here|more|read more|link|this link|this page)$/i
const WAYFINDING = 'header, footer, nav[aria-label=Breadcrumb]'

/** What holds for the words on a page. */
export const wordRules: Rule[] = [linkWords, sameWordsSamePlace, plurals, leaks, tags, liveRegions]

function linkWords({ $ }: RuledPage): string[] {
  return faults($, 'a[href]', link => {
    const words = spokenName($, link)
    if (words === '') return `${shown(link)} has no words`
    return SAYS_NOTHING.test(words) ? `${shown(link)} says only "${words}"` : ''
  })
}

/** A list may carry its search along, so the way back to it counts as the same place as the tab above. */
function sameWordsSamePlace({ $, url }: RuledPage): string[] {
  const links = $<Element, string>('a[href]')
    .toArray()
    .map(link => {
      const { pathname, search, hash, origin } = new URL(link.attribs.href ?? '', url)
      const isWayfinding = $(link).closest(WAYFINDING).length > 0
      return {
        words: spokenName($, link),
        path: origin + pathname,
        whole: isWayfinding ? '' : pathname + search + hash,
      }
    })
  const places = (key: 'path' | 'whole'): string[] => {
    const distinct = new Set(links.filter(link => link[key]).map(link => JSON.stringify([link.words, link[key]])))
    return repeated([...distinct].map(place => (JSON.parse(place) as [string])[0]))
  }
  return [...new Set([...places('path'), ...places('whole')])].map(
    words => `links called "${words}" lead to different places`,
  )
}

function plurals({ $ }: RuledPage): string[] {
  const slips = $<Element, string>(SENTENCES)
    .toArray()
    .flatMap(element => {
      const text = readable([element])
      return [ONE_OF_MANY.exec(text)?.[0], NONE_OF_ONE.exec(text)?.[0]].filter(slip => slip !== undefined)
    })
  return [...new Set(slips)].map(slip => `"${slip}" is not how one counts`)
}

function leaks({ $ }: RuledPage): string[] {
  const texts = $<Element, string>('body, body *')
    .toArray()
    .flatMap(element => [
      ...element.children.map(child => ('data' in child && child.nodeType === 3 ? child.data.trim() : '')),
      element.attribs.value ?? '',
    ])
  return [...new Set(texts.filter(text => LEAKS.test(text)))].map(text => `the page shows the word "${text}"`)
}

/** In a list the tags are apart already; elsewhere they need a comma, if only for those who listen. */
function tags({ $ }: RuledPage): string[] {
  return faults($, '.tags:not(ul, ol)', group => {
    const shape = group.children.map(child => ($(child).is('.tag') ? '\0' : readable([child]))).join('')
    return /\0\s*\0/.test(shape) ? `the tags "${readable([group])}" run together` : ''
  })
}

function liveRegions({ $ }: RuledPage): string[] {
  return faults($, '[role=status]', region =>
    readable([region]) ? '' : `${shown(region)} is a status that says nothing`,
  )
}
