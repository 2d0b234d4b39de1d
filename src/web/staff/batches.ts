import type { Request } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { planUndo, undoPortalChange } from '../../core/access/undo.ts'
import { portalBatch, skippedContacts, type Batch } from '../../core/batches/batches.ts'
import { heldInvitations } from '../../core/mail/invitation-mail.ts'
import { sharedPortals } from '../../core/portals/portals.ts'
import { notFound } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import { count, number } from '../shared/words.ts'
import { changedIn, resultFacts, resultSentences, resultTitle, SKIP_REASONS, whyOne } from './batch-words.ts'
import { namesOf } from './bulk.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const SKIPPED_A_PAGE = 50
const NAMED_AT_MOST = 10

/** What a bulk change did, and taking it back. */
export function batchPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/batches/:id', may('see'), async (req, res) => {
    const batch = await batchAt(req)
    const pagesOfSkipped = paging(batch.counts.skipped, readPage(req.query.page), SKIPPED_A_PAGE)
    res.page('staff/bulk/result', {
      title: resultTitle(batch),
      nav: 'contacts',
      batch,
      facts: resultFacts(batch),
      sentences: resultSentences(batch, await namesByReason(batch)),
      held: await heldInvitations(db, batch.id),
      paging: pagesOfSkipped,
      portalNames: namesOf(await sharedPortals(db), batch.portalIds),
      skipped: await skippedContacts(db, batch.id, pagesOfSkipped.page, SKIPPED_A_PAGE),
      whySkipped: (reason: string | null) => whyOne(batch, reason),
      mayChange: staffMay(staffOf(req), 'change'),
      hasMailServer: deps.config.smtpUrl !== null,
    })
  })

  pages.get('/batches/:id/undo', may('change'), async (req, res) => {
    const batch = await batchAt(req)
    const plan = await planUndo(db, batch)
    res.page('staff/bulk/undo', {
      title: `Undo this change of ${count(changedIn(batch) + batch.counts.invited, 'contact')}?`,
      nav: 'contacts',
      crumbs: [
        ['Contacts', '/staff/contacts'],
        ['Result', `/staff/batches/${String(batch.id)}`],
      ],
      crumb: 'Undo',
      batch,
      plan,
      portalNames: namesOf(await sharedPortals(db), batch.portalIds),
    })
  })

  pages.post('/batches/:id/undo', may('change'), async (req, res) => {
    const id = readId(req.params.id) ?? 0
    const undone = await undoPortalChange(db, staffOf(req), id, now())
    if (!undone.ok && undone.error === 'not-found') throw notFound()
    const message = undone.ok
      ? `The change was undone. Put back as before: ${number(undone.value.putBack)}.${cancelledWords(undone.value.cancelled)}`
      : 'This change had been undone already. Nothing more was changed.'
    await redirectSaying(req, res, `/staff/batches/${String(id)}`, message)
  })

  /** The first names of those who were skipped, by the reason. */
  async function namesByReason(batch: Batch): Promise<Map<string, string[]>> {
    const reasons = Object.keys(batch.reasons).filter(reason => SKIP_REASONS.includes(reason))
    const named = reasons.map(async (reason): Promise<[string, string[]]> => {
      const contacts = await skippedContacts(db, batch.id, 1, NAMED_AT_MOST, reason)
      return [reason, contacts.map(contact => contact.name)]
    })
    return new Map(await Promise.all(named))
  }

  async function batchAt(req: Request): Promise<Batch> {
    const batch = await portalBatch(db, readId(req.params.id) ?? 0)
    if (!batch) throw notFound()
    return batch
  }
}

function cancelledWords(cancelled: number): string {
  return cancelled > 0 ? ` Invitations cancelled: ${number(cancelled)}.` : ''
}
