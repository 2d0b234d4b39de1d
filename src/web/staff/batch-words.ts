import type { Batch } from '../../core/batches/batches.ts'
import { count, number } from '../shared/words.ts'

/** Why somebody was skipped: after "because", for one and for many. */
const WHY: Record<string, [one: string, many: string]> = {
  'no-email': ['it has no email address', 'they have no email address'],
  'not-an-address': ['mail cannot go to its email address', 'mail cannot go to their email addresses'],
  'shares-email': [
    'it shares an email address with somebody else who was selected',
    'they share an email address with somebody else who was selected',
  ],
  disabled: ['its login is disabled', 'their logins are disabled'],
  'no-login': ['it has no username or password', 'they have no username or password'],
  'left-out': ['it was unticked', 'they were unticked'],
}

export const SKIP_REASONS = Object.keys(WHY)

/** The contacts who got or lost access at once. */
export function changedIn({ counts }: Batch): number {
  return counts.granted + counts.revoked
}

/** "18 contacts updated, 7 invited, 3 skipped". */
export function resultTitle(batch: Batch): string {
  const { invited, skipped } = batch.counts
  const first =
    batch.kind === 'bulk_invite'
      ? `${count(invited, 'contact')} invited`
      : `${count(changedIn(batch), 'contact')} updated${invited > 0 ? `, ${number(invited)} invited` : ''}`
  return `${first}${skipped > 0 ? `, ${number(skipped)} skipped` : ''}`
}

/** One number at the top of the result. */
export interface ResultFact {
  words: string
  contacts: number
  look: 'ok' | 'bad' | ''
}

/** Every contact of the batch in exactly one number. */
export function resultFacts({ kind, counts, reasons }: Batch): ResultFact[] {
  const { granted, revoked, invited, already, skipped } = counts
  const skips: ResultFact = { words: 'Skipped', contacts: skipped, look: skipped > 0 ? 'bad' : '' }
  if (kind === 'revoke_portals') {
    return [
      { words: 'Lost access', contacts: revoked, look: 'ok' },
      { words: 'Did not have access', contacts: already, look: '' },
      { ...skips, words: 'Skipped: no username or password' },
    ]
  }
  const before = reasons.invited ?? 0
  const facts: ResultFact[] = [
    { words: 'Got access', contacts: granted, look: 'ok' },
    { words: 'Were invited', contacts: invited, look: 'ok' },
    { words: 'Had access already', contacts: already - before, look: '' },
    { words: 'Were invited already', contacts: before, look: '' },
    skips,
  ]
  return kind === 'bulk_invite' ? facts.slice(1) : facts
}

/**
 * What was done and who was left out, by name: "3 were not given access because they have no email address: A, B, C."
 */
export function resultSentences(batch: Batch, names: Map<string, string[]>): string[] {
  const { kind, counts } = batch
  const { invited } = counts
  const done = kind === 'bulk_invite' ? [] : [`${count(changedIn(batch), 'contact')} updated.`]
  if (invited > 0) done.push(`${number(invited)} ${invited === 1 ? 'was' : 'were'} invited.`)
  const left =
    kind === 'revoke_portals' ? 'left as before' : kind === 'bulk_invite' ? 'not invited' : 'not given access'
  for (const [reason, [one, many]] of Object.entries(WHY)) {
    const total = batch.reasons[reason] ?? 0
    const known = names.get(reason) ?? []
    const more = total > known.length ? ` and ${number(total - known.length)} more` : ''
    const who = `${known.join(', ')}${more}`
    if (total > 0)
      done.push(`${number(total)} ${total === 1 ? 'was' : 'were'} ${left} because ${total === 1 ? one : many}: ${who}.`)
  }
  return done
}

/** Why one contact was skipped, for its line in the table. */
export function whyOne({ kind }: Batch, reason: string | null): string {
  const [why = ''] = WHY[kind === 'grant_portals' || kind === 'bulk_invite' ? (reason ?? '') : 'no-login'] ?? []
  return `${why.charAt(0).toUpperCase()}${why.slice(1)}`
}
