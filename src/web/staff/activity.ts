import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { countAllEvents, countEvents, eventsPage, staffActors, type ActivityEvent } from '../../core/audit/events.ts'
import type { ActivityFilter } from '../../core/audit/filter.ts'
import { activityCsv, recordActivityExport } from '../../core/exports/activity.ts'
import { startOfDay } from '../shared/day.ts'
import { text, type FieldError } from '../shared/forms.ts'
import type { Office } from '../shared/page.ts'
import { readBeside, readPage, stretchPaging } from '../shared/paging.ts'
import { ACTIONS, actionWords, actorWords, eventWords, subjectWords } from './activity-words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const DAYS = { from: 'first', to: 'last' }
const HEADINGS = ['When (UTC)', 'Who', 'Did what', 'Action', 'To what', 'Number', 'From where', 'Details']

/** Settings → Activity: who did what, as the audit log has it. */
export function activityPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/activity', may('administer'), async (req, res) => {
    const asked = readAsked(req.query)
    const { filter, errors } = readFilter(asked, res.office)
    const place = { page: readPage(req.query.page), perPage: staffOf(req).rowsPerPage, beside: readBeside(req.query) }
    const isWrong = errors.length > 0
    const counted = isWrong ? { total: 0, more: false } : await countEvents(db, filter)
    const { rows: events, next } = isWrong ? { rows: [], next: false } : await eventsPage(db, filter, place)
    if (place.page > 1 && events.length === 0) return res.redirect(303, `/staff/activity?${searchOf(asked)}`)
    const lie = stretchPaging(counted, place, { ids: events.map(event => event.id), next })
    res.status(errors.length > 0 ? 422 : 200).page('staff/activity/list', {
      title: 'Activity',
      tabTitle:
        lie.page > 1 ? `Activity (page ${String(lie.page)}${lie.more ? '' : ` of ${String(lie.pages)}`})` : 'Activity',
      nav: 'settings',
      crumbs: [['Settings', '/staff/settings']],
      errors,
      asked,
      isFiltered: searchOf(asked) !== '',
      paging: lie,
      actors: actorChoices(await staffActors(db)),
      actions: actionChoices(asked.action),
      events: events.map(event => ({
        ...event,
        who: actorWords(event),
        what: eventWords(event),
        subject: subjectWords(event),
      })),
      base: `/staff/activity?${searchOf(asked)}${searchOf(asked) && '&'}`,
      download: `/staff/activity/export.csv?${searchOf(asked)}`,
    })
  })

  pages.get('/activity/export.csv', may('administer'), async (req, res) => {
    const asked = readAsked(req.query)
    const { filter, errors } = readFilter(asked, res.office)
    if (errors.length > 0) return res.redirect(303, `/staff/activity?${searchOf(asked)}`)
    await recordActivityExport(db, staffOf(req), filter, await countAllEvents(db, filter), now())
    res.set({
      'Content-Type': 'text/csv; charset=utf-8',
      'Content-Disposition': `attachment; filename="activity-${new Date(now()).toISOString().slice(0, 10)}.csv"`,
      'Cache-Control': 'no-store',
    })
    await pipeline(Readable.from(activityCsv(db, filter, HEADINGS, cells)), res).catch((error: unknown) => {
      deps.log.warn({ err: error }, 'an export ended early')
    })
  })
}

function cells(event: ActivityEvent): string[] {
  return [
    new Date(event.at).toISOString(),
    actorWords(event),
    eventWords(event),
    event.action,
    subjectWords(event).words,
    String(event.subjectId ?? ''),
    event.ip ?? '',
    event.data ?? '',
  ]
}

type Asked = Record<'q' | 'who' | 'action' | 'from' | 'to', string>

function readAsked(query: unknown): Asked {
  const of = (name: string): string => text(query, name, 200)
  return { q: of('q'), who: of('who'), action: of('action'), from: of('from'), to: of('to') }
}

function readFilter({ q, who, action, from, to }: Asked, { timeZone }: Office) {
  const errors: FieldError[] = []
  const moment = (field: 'from' | 'to', day: string): number | null => {
    const found = day === '' ? null : startOfDay(day, timeZone, field === 'to' ? 1 : 0)
    if (day !== '' && found === null)
      errors.push({ field, message: `Enter the ${DAYS[field]} day like 2026-03-31, or leave it empty` })
    return found
  }
  const actor = /^(staff:[1-9]\d{0,8}|portal_user|visitor|system)$/.test(who) ? who : ''
  const filter: ActivityFilter = { text: q, actor, action, from: moment('from', from), before: moment('to', to) }
  if (filter.from !== null && filter.before !== null && filter.from >= filter.before)
    errors.push({ field: 'to', message: 'Enter a last day that is not before the first' })
  return { filter, errors }
}

function searchOf(asked: Asked): string {
  return new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== '')).toString()
}

function actorChoices(staff: { id: number; name: string; email: string }[]): [string, string][] {
  const people = staff.map(({ id, name, email }): [string, string] => [`staff:${String(id)}`, `${name} (${email})`])
  const groups: [string, string][] = [
    ['portal_user', 'All portal users'],
    ['visitor', 'Those not signed in'],
    ['system', 'Portico itself'],
  ]
  return [['', 'Everybody'], ...groups, ...people]
}

function actionChoices(asked: string): [string, string][] {
  const known = Object.entries(ACTIONS)
  const other: [string, string][] = asked === '' || asked in ACTIONS ? [] : [[asked, actionWords(asked)]]
  const twice = (words: string): boolean => known.filter(([, one]) => one === words).length > 1
  const named = known.map(([action, words]): [string, string] => {
    const whose = action.startsWith('portal-user.') ? 'portal users' : 'staff'
    return [action, twice(words) ? `${words} (${whose})` : words]
  })
  return [['', 'Everything'], ...named.toSorted((a, b) => a[1].localeCompare(b[1])), ...other]
}
