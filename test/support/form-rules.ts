import { byId, closest, fieldName, readable, readableById, spokenName, type Element } from './dom.ts'
import { formOf, submitButtons } from './fields.ts'
import type { Rule, RuledPage } from './page-rules.ts'
import { faults, shown, unless } from './rule-parts.ts'

const FIELDS = 'input:not([type=hidden]), select, textarea'

/** What holds for forms, their fields and their mistakes. */
export const formRules: Rule[] = [errorSummary, summaryMessages, mistakes, labels, buttons, forms]

function errorSummary({ $, status }: RuledPage): string[] {
  const summary = $('.error-summary')
  if (summary.length === 0) return unless(status !== 422, 'the answer is 422 without an error summary')
  const order = $('.error-summary, h1').toArray()
  return [
    ...unless($(order[0]).is('.error-summary'), 'the error summary does not come before the h1'),
    ...unless(summary.is('[tabindex="-1"][autofocus]'), 'the error summary lacks tabindex="-1" autofocus'),
    ...unless(summary.find('li').length > 0, 'the error summary names no mistake'),
  ]
}

/** A message about ticks in a table stands in the summary only: there is no one field it belongs to. */
function summaryMessages({ $ }: RuledPage): string[] {
  return faults($, '.error-summary a', link => {
    const id = (link.attribs.href ?? '').replace(/^#/, '')
    const message = readable([link])
    const [field] = byId($, id)
    if (!field) return `the error summary links to #${id}, which is not on the page`
    if (!$(field).is(FIELDS) || $(field).closest('table').length > 0) return ''
    return messagesBeside($, field).includes(message) ? '' : `"${message}" does not stand beside ${shown(field)}`
  })
}

function messagesBeside($: RuledPage['$'], field: Element): string[] {
  const around = closest($, field, 'fieldset, [role=group]').toArray()
  const described = [field, ...around].flatMap(element => describersOf(element))
  return [...described, `${field.attribs.id ?? ''}-error`].map(id => readableById($, id).replace(/^Error: ?/, ''))
}

function mistakes({ $ }: RuledPage): string[] {
  const describedBy = $<Element, string>('[aria-describedby]').toArray()
  const describing = (id = ''): Element[] => describedBy.filter(element => describersOf(element).includes(id))
  return [
    ...faults($, 'p.error', ({ attribs }) =>
      describing(attribs.id).length > 0 ? '' : `no field names #${attribs.id ?? '?'}`,
    ),
    ...faults($, 'p.error', error => {
      const fields = describing(error.attribs.id).filter(element => $(element).is(FIELDS))
      const unmarked = fields.find(field => field.attribs['aria-invalid'] !== 'true')
      return unmarked ? `${shown(unmarked)} has a mistake but no aria-invalid="true"` : ''
    }),
    ...faults($, 'p.error', error =>
      readable([error]).startsWith('Error: ') ? '' : `${shown(error)} does not begin "Error: "`,
    ),
    ...faults($, '[aria-invalid=true]', field => {
      const isExplained = describersOf(field).some(id => $(byId($, id)).is('.error'))
      return isExplained ? '' : `${shown(field)} is marked invalid, but describes no mistake`
    }),
  ]
}

function labels({ $ }: RuledPage): string[] {
  return faults($, FIELDS, field => {
    if (['submit', 'button', 'reset'].includes(field.attribs.type ?? '')) return ''
    return fieldName($, field).full ? '' : `${shown(field)} has no label`
  })
}

function buttons({ $ }: RuledPage): string[] {
  return faults($, 'button', button => {
    if (!button.attribs.type) return `${shown(button)} has no type`
    return spokenName($, button) ? '' : `${shown(button)} has no words`
  })
}

function forms({ $ }: RuledPage): string[] {
  const submits = submitButtons($)
  return faults($, 'form', form => {
    const own = submits.filter(button => formOf($, button).is(form))
    const isPost = form.attribs.method?.toLowerCase() === 'post'
    const token = $(form).find('input[type=hidden][name=_csrf]')
    const wrong = isPost
      ? [
          ...unless(Boolean(token.attr('value')), 'has no _csrf'),
          ...unless(/^\/(?!\/)/.test(form.attribs.action ?? ''), 'has no action on this site'),
          ...unless(own.length > 0, 'has no button to send it'),
        ]
      : unless(token.length === 0, 'sends _csrf in the address')
    const isTrap = own.length > 1 && $(own[0]).is('.danger')
    const all = [...wrong, ...unless(!isTrap, 'begins with a .danger button, which Enter would press')]
    return all.length > 0 ? `the form ${form.attribs.action ?? shown(form)} ${all.join(', ')}` : ''
  })
}

function describersOf(element: Element): string[] {
  return (element.attribs['aria-describedby'] ?? '').split(/\s+/).filter(id => id !== '')
}
