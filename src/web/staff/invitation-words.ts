import { ACCESS_LEVELS, type AccessLevel } from '../../core/access/levels.ts'
import type { Permissions } from '../../core/access/permissions.ts'
import type { Invitation, InvitationState } from '../../core/invitations/rows.ts'
import type { Deps } from '../shared/deps.ts'
import { oneOf } from '../shared/forms.ts'
import { permissionWords } from './permissions.ts'

/** The state in words, and the tone of its tag. */
export const INVITATION_TAGS: Record<InvitationState, [words: string, tone: string]> = {
  pending: ['Pending', 'bad'],
  accepted: ['Registered', 'ok'],
  expired: ['Expired', 'warn'],
  cancelled: ['Cancelled', ''],
  superseded: ['Sent again since', ''],
}

export const LEVEL_WORDS: Record<AccessLevel, string> = {
  full: 'Full',
  standard: 'Standard',
  read_only: 'Read only',
}

/** For a drop-down list. */
export const LEVEL_CHOICES: [AccessLevel, string][] = ACCESS_LEVELS.map(level => [level, LEVEL_WORDS[level]])

export const LEVEL_HINT = 'Read only: see and download. Standard: also change My Details. Full: also upload documents'

/** The level that a form asks for; the usual one when it says nothing that can be understood. */
export function readLevel(body: unknown): AccessLevel {
  return oneOf(body, 'level', ['standard', 'full', 'read_only'])
}

/** "Standard: View My Details, View My Documents". */
export function accessWords(access: Permissions & { level: AccessLevel }): string {
  return `${LEVEL_WORDS[access.level]}: ${permissionWords(access)}`
}

/** What became of the mail of an invitation that is open. Nothing is called sent before a mail server has taken it. */
export function invitationMailWords(deps: Deps, invitation: Invitation): string {
  const { mail, mailAnswer } = invitation
  switch (mail) {
    case 'queued':
    case 'sending':
      return waitsForServer(deps, invitation) ? 'Not sent: no mail server is set up' : 'The email is queued'
    case 'held':
      return 'The email waits because the portal is not enabled'
    case 'failed':
      return `The email could not be sent${mailAnswer ? `: ${mailAnswer}` : ''}`
    case 'sent':
      return 'Sent'
    case 'cancelled':
      return 'The email was stopped. Resend the invitation to write a new one'
    case null:
      return 'There is no email of it any more'
  }
}

/** Whether its mail waits until the office has a mail server. */
export function waitsForServer({ config }: Deps, { mail }: Invitation): boolean {
  return config.smtpUrl === null && (mail === 'queued' || mail === 'sending')
}

/** What a page says once an invitation was written: that it is queued, never that it is sent. */
export function writtenWords({ config }: Deps, { email, held }: { email: string; held: boolean }): string {
  if (held) return `The invitation to ${email} waits: it is sent once the portal is enabled.`
  return config.smtpUrl === null
    ? `The invitation to ${email} waits in the outbox: no mail server is set up.`
    : `The invitation to ${email} is queued.`
}
