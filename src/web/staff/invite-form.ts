import type { AccessLevel } from '../../core/access/levels.ts'
import type { Permissions } from '../../core/access/permissions.ts'
import type { Denials } from '../../core/documents/denials.ts'
import { emailKey } from '../../core/email-address.ts'
import { INVITATION_LENGTHS } from '../../core/invitations/rows.ts'
import { oneLine } from '../../core/names.ts'
import { text, texts, type FieldError } from '../shared/forms.ts'
import { count } from '../shared/words.ts'
import { readPicked } from './documents-place.ts'
import { readLevel } from './invitation-words.ts'
import { PERMISSION_CHOICES, readPermissions } from './permissions.ts'

/** More than this does not fit into a form that carries the invitation along. */
const MOST_DENIED = 2_000
const TOO_MUCH_DENIED = `Deny at most ${count(MOST_DENIED, 'item')} here: deny whole folders instead of what is in them`

/** The form of an invitation as it was typed. */
export interface TypedInvite {
  name: string
  email: string
  message: string
  level: AccessLevel
  ticks: string[]
  permissions: Permissions
  /** What is denied so far. */
  denied: Denials
}

/** All three permissions are ticked until somebody clears them. */
export const FIRST_TICKS = PERMISSION_CHOICES.map(([tick]) => tick)

/** `ticks` holds the permissions while another page carries the invitation along: "invite.details". */
export function typedInvite(body: unknown): TypedInvite {
  const ticks = [...texts(body, 'permission'), ...text(body, 'ticks').split('.')]
  return {
    name: oneLine(text(body, 'name', 1000)),
    email: oneLine(text(body, 'email', 1000)),
    message: withoutControls(text(body, 'message', 10_000).replaceAll('\r\n', '\n')),
    level: readLevel(body),
    ticks,
    permissions: readPermissions({ ticks }, 'ticks'),
    denied: readPicked(texts(body, 'denied')),
  }
}

export function inviteMistakes({ name, email, message, denied }: TypedInvite): FieldError[] {
  const errors: FieldError[] = []
  if (!name) errors.push({ field: 'name', message: 'Enter the name of the person to invite' })
  if ([...name].length > INVITATION_LENGTHS.name)
    errors.push({ field: 'name', message: `Use at most ${count(INVITATION_LENGTHS.name, 'character')} for the name` })
  if (!emailKey(email)) errors.push({ field: 'email', message: 'Enter an email address like name@example.com' })
  const over = [...message].length - INVITATION_LENGTHS.message
  if (over > 0) errors.push({ field: 'message', message: `Make the message ${count(over, 'character')} shorter` })
  if (denied.folderIds.length + denied.documentIds.length > MOST_DENIED)
    errors.push({ field: 'folders', message: TOO_MUCH_DENIED })
  return errors
}

/** Line breaks may stand in a message, other control characters may not. */
function withoutControls(message: string): string {
  return message.replace(/[^\P{Cc}\n]/gu, '')
}
