import type { Cheerio, CheerioAPI } from 'cheerio'
import { formOf, isDisabled, optionValue, submitButtons } from './fields.ts'
import type { Element } from './dom.ts'
import { multipart, type AttachedFile, type Entry } from './multipart.ts'

/** A request as a page makes it. */
export interface Submission {
  method: string
  url: URL
  headers?: Record<string, string>
  body?: URLSearchParams | Buffer
}

/** Files a person attached, by file field. */
export type Attached = Map<Element, AttachedFile>

const NO_FILE: AttachedFile = { name: '', type: 'application/octet-stream', content: Buffer.alloc(0) }

/** What pressing the button sends, exactly as a browser without script puts it together. */
export function submissionBy($: CheerioAPI, button: Element, page: URL, attached: Attached): Submission {
  const form = formOf($, button)
  if (form.length === 0) throw new Error('The button belongs to no form')
  const { formaction, formmethod, formenctype } = button.attribs
  const url = new URL(formaction ?? form.attr('action') ?? '', page)
  const entries = entriesOf($, form, button, attached)
  const method = (formmethod ?? form.attr('method') ?? 'get').toLowerCase()
  if (method !== 'post') return { method: 'GET', url: withQuery(url, entries) }
  const isMultipart = (formenctype ?? form.attr('enctype')) === 'multipart/form-data'
  return { method: 'POST', url, ...(isMultipart ? multipart(entries) : { body: urlencoded(entries) }) }
}

/** The button that Enter presses in this field: the first of its form. */
export function buttonOnEnter($: CheerioAPI, field: Cheerio<Element>): Element {
  const element = field.get(0)
  if (!element || field.is('textarea')) throw new Error('Enter sends nothing in this field')
  const form = formOf($, element)
  const first = submitButtons($).find(button => form.is(formOf($, button)))
  if (!first || form.length === 0) throw new Error('The form of this field has no button that Enter could press')
  if (isDisabled($, first)) throw new Error('The first button of the form is disabled, so Enter does nothing')
  return first
}

function entriesOf($: CheerioAPI, form: Cheerio<Element>, button: Element, attached: Attached): Entry[] {
  return $<Element, string>('input, select, textarea, button')
    .toArray()
    .filter(control => control.attribs.name && !isDisabled($, control) && formOf($, control).is(form))
    .flatMap(control =>
      valuesOf($, control, button, attached).map((value): Entry => [control.attribs.name ?? '', value]),
    )
}

function valuesOf($: CheerioAPI, control: Element, button: Element, attached: Attached): (string | AttachedFile)[] {
  if (control.name === 'select') return chosenValues($, control)
  if (control.name === 'textarea') return [crlf($(control).text())]
  const { type = control.name === 'button' ? 'submit' : 'text', value = '', checked } = control.attribs
  if (control.name === 'button' || ['submit', 'button', 'reset', 'image'].includes(type)) {
    return control === button ? [value] : []
  }
  if (type === 'checkbox' || type === 'radio') return checked === undefined ? [] : [control.attribs.value ?? 'on']
  if (type === 'file') return [attached.get(control) ?? NO_FILE]
  if (type === 'email' || type === 'url') return [value.trim()]
  return [type === 'hidden' ? crlf(value) : value.replace(/[\r\n]/g, '')]
}

function chosenValues($: CheerioAPI, list: Element): string[] {
  const able = $(list)
    .find('option')
    .toArray()
    .filter(option => !('disabled' in option.attribs))
  const chosen = able.filter(option => 'selected' in option.attribs)
  if ('multiple' in list.attribs) return chosen.map(option => optionValue($, option))
  return [chosen.at(-1) ?? able[0]].filter(option => option !== undefined).map(option => optionValue($, option))
}

function crlf(text: string): string {
  return text.replace(/\r\n|\r|\n/g, '\r\n')
}

function asText(value: string | AttachedFile): string {
  return typeof value === 'string' ? value : value.name
}

function urlencoded(entries: Entry[]): URLSearchParams {
  return new URLSearchParams(entries.map(([name, value]): [string, string] => [name, asText(value)]))
}

function withQuery(url: URL, entries: Entry[]): URL {
  const target = new URL(url)
  target.search = urlencoded(entries).toString()
  return target
}
