import type { Cheerio, CheerioAPI } from 'cheerio'
import { closest, collapsed, fieldName, readable, spokenName, type Element } from './dom.ts'

const KINDS = {
  typed: 'input:not([type=checkbox], [type=radio], [type=file], [type=hidden], [type=submit]), textarea, select',
  box: 'input[type=checkbox]',
  radio: 'input[type=radio]',
  file: 'input[type=file]',
}

export type FieldKind = keyof typeof KINDS

/**
 * The field with this label, as heard or as seen; `group` is the legend it stands under. Throws unless there is one.
 */
export function fieldLabelled($: CheerioAPI, kind: FieldKind, label: string, group?: string): Cheerio<Element> {
  const there = $<Element, string>(KINDS[kind])
    .toArray()
    .filter(field => group === undefined || legendOf($, field) === group)
    .map(field => ({ field, ...fieldName($, field) }))
  const exact = there.filter(one => one.full === label)
  const found = exact.length > 0 ? exact : there.filter(one => one.seen === label)
  const names = there.map(one => one.full)
  const field = onlyOne(found, kind === 'typed' ? 'field' : kind, label, names).field
  if (isDisabled($, field)) throw new Error(`The field "${label}" is disabled`)
  return $(field)
}

/** Types into a field, or chooses in a list by the words or the value of an option. */
export function fillField($: CheerioAPI, field: Cheerio<Element>, value: string | string[]): void {
  if (field.is('select')) return selectOptions($, field, [value].flat())
  const text = [value].flat().join('\n')
  if (field.is('[readonly]')) throw new Error('The field cannot be changed: it is read-only')
  if (field.is('textarea')) field.text(text)
  else field.attr('value', text)
}

/** Chooses one of the radios that share its name and form. */
export function chooseRadio($: CheerioAPI, radio: Cheerio<Element>): void {
  const form = radio.closest('form')
  const siblings = (form.length > 0 ? form : $.root()).find('input[type=radio]')
  siblings.filter((_, other) => other.attribs.name === radio.attr('name')).removeAttr('checked')
  radio.attr('checked', '')
}

/** The button with these words; else the only one that starts with them; else the only one that holds them. */
export function buttonNamed($: CheerioAPI, words: string): Element {
  const there = submitButtons($).map(button => ({ button, name: spokenName($, button) }))
  const ways = [
    (name: string) => name === words,
    (name: string) => name.startsWith(words),
    (name: string) => name.includes(words),
  ]
  const fitting = ways.map(fits => there.filter(one => fits(one.name))).find(some => some.length > 0) ?? []
  const different = fitting.filter((one, at) => fitting.findIndex(other => sameAct($, one.button, other.button)) === at)
  const { button } = onlyOne(
    different,
    'button',
    words,
    there.map(one => one.name),
  )
  if (isDisabled($, button)) throw new Error(`The button "${words}" is disabled`)
  return button
}

/** The link with this text or aria-label, wherever it stands, as long as all such links lead to one place. */
export function linkNamed($: CheerioAPI, words: string): string {
  const there = $('a[href]')
    .toArray()
    .map(link => ({ href: link.attribs.href ?? '', name: spokenName($, link) }))
  const fitting = there.filter(link => link.name === words)
  const different = fitting.filter((link, at) => fitting.findIndex(other => other.href === link.href) === at)
  return onlyOne(
    different,
    'link',
    words,
    there.map(link => link.name),
  ).href
}

/** Buttons that send a form, in the order of the page. */
export function submitButtons($: CheerioAPI): Element[] {
  return $<Element, string>('button, input[type=submit]')
    .toArray()
    .filter(button => !['button', 'reset'].includes(button.attribs.type ?? 'submit'))
}

/** The form a control belongs to: the one around it, or the one it names. */
export function formOf($: CheerioAPI, control: Element): Cheerio<Element> {
  const named = control.attribs.form
  if (named === undefined) return closest($, control, 'form')
  return $<Element, string>('form').filter((_, form) => form.attribs.id === named)
}

/** Disabled itself or by a fieldset around it, unless it stands in that fieldset's legend. */
export function isDisabled($: CheerioAPI, control: Element): boolean {
  if ('disabled' in control.attribs) return true
  const fieldsets = $(control).parents('fieldset[disabled]').toArray()
  return fieldsets.some(fieldset => $(fieldset).children('legend').first().find(control).length === 0)
}

function selectOptions($: CheerioAPI, list: Cheerio<Element>, wanted: string[]): void {
  const options = list.find('option').toArray()
  const chosen = wanted.map(want => {
    const option = options.find(one => readable([one]) === want) ?? options.find(one => optionValue($, one) === want)
    if (!option)
      throw new Error(`There is no choice "${want}". The choices are: ${listed(options.map(one => readable([one])))}`)
    return option
  })
  $(options).removeAttr('selected')
  $(chosen).attr('selected', '')
}

/** What an option sends. */
export function optionValue($: CheerioAPI, option: Element): string {
  return option.attribs.value ?? collapsed($(option).text())
}

function sameAct($: CheerioAPI, one: Element, other: Element): boolean {
  return sends(one) === sends(other) && formOf($, one).is(formOf($, other))
}

function sends({ attribs }: Element): string {
  return JSON.stringify([attribs.name, attribs.value, attribs.formaction])
}

function legendOf($: CheerioAPI, field: Element): string {
  return readable(closest($, field, 'fieldset').children('legend').toArray())
}

function onlyOne<T>(found: T[], what: string, words: string, there: string[]): T {
  const [first] = found
  if (first !== undefined && found.length === 1) return first
  const count = found.length === 0 ? 'There is no' : `There are ${found.length} different ones of`
  throw new Error(`${count} ${what} "${words}". On the page: ${listed(there)}`)
}

function listed(names: string[]): string {
  return names.length > 0 ? names.map(name => `"${name}"`).join(', ') : 'none'
}
