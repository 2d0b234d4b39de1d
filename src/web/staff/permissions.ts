import type { Permissions } from '../../core/access/permissions.ts'
import { texts } from '../shared/forms.ts'

/** What somebody may do in a portal: what a tick sends, and what it says. */
export const PERMISSION_CHOICES: [tick: string, label: string][] = [
  ['invite', 'Invite other people to the portal'],
  ['details', 'View My Details'],
  ['documents', 'View My Documents'],
]

const NAMES: Record<string, keyof Permissions> = {
  invite: 'canInviteOthers',
  details: 'canViewDetails',
  documents: 'canViewDocuments',
}

/** The permissions that are ticked under this field name; one that is not ticked is not given. */
export function readPermissions(body: unknown, field: string): Permissions {
  const given = texts(body, field)
  return {
    canInviteOthers: given.includes('invite'),
    canViewDetails: given.includes('details'),
    canViewDocuments: given.includes('documents'),
  }
}

/** Which ticks are set. */
export function ticksOf(permissions: Permissions): string[] {
  return PERMISSION_CHOICES.map(([tick]) => tick).filter(tick => {
    const name = NAMES[tick]
    return name !== undefined && permissions[name]
  })
}

/** "View My Details, View My Documents", in the words of the ticks. */
export function permissionWords(permissions: Permissions): string {
  const ticks = ticksOf(permissions)
  const words = PERMISSION_CHOICES.filter(([tick]) => ticks.includes(tick)).map(([, label]) => label)
  return words.join(', ') || 'Nothing but opening the portal'
}
