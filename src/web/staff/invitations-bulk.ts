import { randomUUID } from 'node:crypto'
import type { Request, Response } from 'express'
import { countedBatch } from '../../core/batches/outcomes.ts'
import { cancelMany } from '../../core/invitations/change.ts'
import { invitationsOf, leftAlone, type ListedInvitation } from '../../core/invitations/list.ts'
import { resendMany } from '../../core/invitations/resend-many.ts'
import { planResend, type Chosen, type ResendOutcome, type ResendPlan } from '../../core/invitations/resend-plan.ts'
import { notFound, PageError } from '../shared/errors.ts'
import { readId, text } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { filterFields, INVITATIONS, readInvitationFilter, readTicked } from './invitations-query.ts'

const NAMED_AT_MOST = 20
const PER_PAGE = 25
const CRUMBS = [
  ['Client Portal', '/staff/client-portals'],
  ['Invitations', INVITATIONS],
]
const NOTHING = new PageError(
  404,
  'There is no such invitation',
  'Go back to the invitations and select those you mean.',
)

/** Why an invitation is, or was, not sent again. */
const OUTCOMES: [ResendOutcome, string][] = [
  ['registered', 'Registered, or has the portal already'],
  ['newer', 'There is a newer invitation'],
  ['cancelled', 'Cancelled: select these to send them again'],
  ['portal-removed', 'The portal was removed'],
  ['too-soon', 'Written to a short while ago: once in five minutes, five times a day'],
]

/**
 * Sending many invitations again, and cancelling many: a page that says what will happen, and the one press that does
 * it.
 */
export function invitationBulkPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/invitations/resend', may('change'), async (req, res) => showResend(res, chosenBy(req.query), null))

  pages.post('/invitations/resend', may('change'), async (req, res) => {
    const chosen = chosenBy(req.body)
    const seen = text(req.body, 'seen', 50)
    const formKey = text(req.body, 'form_key', 50) || randomUUID()
    const done = await resendMany(db, deps, staffOf(req), { chosen, seen, formKey }, now())
    if (!done.ok) return showResend(res.status(409), chosen, done.error)
    deps.wakeWorker()
    res.redirect(303, `${INVITATIONS}/resends/${String(done.value)}`)
  })

  pages.get('/invitations/resends/:id', may('see'), async (req, res) => {
    const batch = await countedBatch(db, readId(req.params.id) ?? 0, 'resend')
    if (!batch) throw notFound()
    const resent = batch.counts.get('resent') ?? 0
    const others = [...batch.counts.values()].reduce((sum, one) => sum + one, 0) - resent
    const page = Math.min(readPage(req.query.page), Math.max(1, Math.ceil(others / PER_PAGE)))
    const rows = await leftAlone(db, batch.id, { page, perPage: PER_PAGE })
    res.page('staff/invitations/result', {
      title: `${count(resent, 'invitation')} sent again`,
      nav: 'client-portals',
      crumbs: CRUMBS,
      crumb: 'Sent again',
      batch,
      resent,
      noServer: deps.config.smtpUrl === null,
      outcomes: OUTCOMES.map(([outcome, words]) => [words, batch.counts.get(outcome) ?? 0]),
      rows: rows.map(row => ({ ...row, words: OUTCOMES.find(([outcome]) => outcome === row.outcome)?.[1] ?? '' })),
      paging: paging(others, page, PER_PAGE),
    })
  })

  pages.get('/invitations/cancel', may('change'), async (req, res) => {
    const found = await openAmong(req.query)
    if (found.length === 0) throw NOTHING
    res.page('staff/invitations/cancel', {
      title: `Cancel ${count(found.length, 'invitation')}?`,
      nav: 'client-portals',
      crumbs: CRUMBS,
      crumb: 'Cancel',
      total: found.length,
      people: found.slice(0, NAMED_AT_MOST),
      ids: found.map(one => one.id).join('.'),
    })
  })

  pages.post('/invitations/cancel', may('change'), async (req, res) => {
    const cancelled = await cancelMany(db, staffOf(req), readTicked(req.body), now())
    const words =
      cancelled === 0
        ? 'None of these invitations is open any more.'
        : `${count(cancelled, 'invitation')} cancelled. ${cancelled === 1 ? 'Its link does' : 'Their links do'} not work any more.`
    await redirectSaying(req, res, INVITATIONS, words)
  })

  async function openAmong(fields: Request['query']): Promise<ListedInvitation[]> {
    const found = await invitationsOf(db, readTicked(fields), now())
    return found.filter(({ state }) => state === 'pending' || state === 'expired')
  }

  async function showResend(res: Response, chosen: Chosen, changed: ResendPlan | null): Promise<void> {
    const plan = changed ?? (await planResend(db, chosen, now()))
    const { counts, mark } = plan
    const total = Object.values(counts).reduce((sum, one) => sum + one, 0)
    if (total === 0) throw NOTHING
    const people = 'ids' in chosen ? await invitationsOf(db, chosen.ids.slice(0, NAMED_AT_MOST), now()) : []
    res.page('staff/invitations/resend', {
      title:
        counts.resent > 0 ? `Send ${count(counts.resent, 'invitation')} again?` : 'None of these can be sent again',
      nav: 'client-portals',
      crumbs: CRUMBS,
      crumb: 'Resend',
      hasChanged: changed !== null,
      going: counts.resent,
      mark,
      total,
      people,
      outcomes: OUTCOMES.map(([outcome, words]) => [words, counts[outcome]]),
      fields: fieldsOf(chosen),
      formKey: randomUUID(),
      back: 'ids' in chosen ? `${INVITATIONS}?ids=${chosen.ids.join('.')}` : addressOf(chosen),
    })
  }
}

function chosenBy(fields: unknown): Chosen {
  return text(fields, 'all') === 'yes' ? { filter: readInvitationFilter(fields) } : { ids: readTicked(fields) }
}

function fieldsOf(chosen: Chosen): [name: string, value: string][] {
  if ('ids' in chosen) return [['ids', chosen.ids.join('.')]]
  return [['all', 'yes'], ...filterFields(chosen.filter).entries()]
}

function addressOf({ filter }: Exclude<Chosen, { ids: number[] }>): string {
  return `${INVITATIONS}?${filterFields(filter).toString()}`
}
