import type { ActivityEvent } from '../../core/audit/events.ts'

/** What each action of the audit log is called. One that is missing here is said in its own letters. */
export const ACTIONS: Record<string, string> = {
  'access.refused': 'Was refused a page they may not use',
  'activity.exported': 'Exported the activity log',
  'activity.lines-left-out': 'Left out lines about visitors, as there were too many this hour',
  'batch.undone': 'Undid a bulk change',
  'company.added': 'Added a company',
  'company.archived': 'Archived a company',
  'company.changed': 'Changed a company',
  'company.restored': 'Restored a company',
  'contact.added': 'Added a contact',
  'contact.archived': 'Archived a contact',
  'contact.changed': 'Changed a contact',
  'contact.restored': 'Restored a contact',
  'contacts.exported': 'Exported contacts',
  'contacts.invited': 'Invited contacts to a portal',
  'document.renamed': 'Renamed a document',
  'documents.deleted': 'Deleted documents',
  'documents.moved': 'Moved documents',
  'documents.uploaded': 'Uploaded documents',
  'email.cancelled': 'Stopped an email',
  'email.retried': 'Sent an email again',
  'email.test-written': 'Wrote a test email',
  'emails.retried': 'Sent all failed emails again',
  'mail.resumed': 'Let the mail of a restored copy go out',
  'folder.made': 'Made a folder',
  'folder.renamed': 'Renamed a folder',
  'folder-permissions.set': 'Set folder permissions',
  'form.refused': 'Was refused a form that was out of date or from another site',
  'import.abandoned': 'Cleared away an import nobody went on with',
  'import.cancelled': 'Stopped an import',
  'import.columns-remembered': 'Set where columns of imports go',
  'import.confirmed': 'Confirmed an import',
  'import.details-sent': 'Sent the sign-in details of an import',
  'import.finished': 'Finished an import',
  'import.plan-changed': 'Stopped an import to ask again',
  'import.rows-written': 'Imported rows',
  'invitation.accepted': 'Registered with an invitation',
  'invitation.asked-again': 'Sent a new link that was asked for',
  'invitation.cancelled': 'Cancelled an invitation',
  'invitation.changed': 'Changed what an invitation allows',
  'invitation.disputed': 'Heard that somebody else used an invitation',
  'invitation.resent': 'Sent an invitation again',
  'invitation.written': 'Invited somebody to a portal',
  'invitations.cancelled': 'Cancelled invitations',
  'invitations.resent': 'Sent invitations again',
  'mail-text.changed': 'Changed the words of a mail',
  'portal.added': 'Added a portal',
  'portal.disabled': 'Disabled a portal',
  'portal.enabled': 'Enabled a portal',
  'portal.opened': 'Opened the portal of a contact',
  'portal.removed': 'Removed the portal of a contact',
  'portal.restored': 'Brought back the portal of a contact',
  'portal.renamed': 'Renamed a portal',
  'portal-settings.changed': 'Changed the portal settings',
  'portals.granted': 'Gave access to portals',
  'portals.opened': 'Opened the portals of contacts',
  'portals.removed': 'Removed access to portals',
  'portals.restored': 'Brought back the portals of contacts',
  'portal-access.changed': 'Changed what a portal user may do in a portal',
  'portal-access.removed': 'Took a portal from a portal user',
  'portal.held-mail-queued': 'Sent the emails a portal held',
  'portal-user.added': 'Added a portal user',
  'portal-user.changed': 'Changed a portal user',
  'portal-user.details-resent': 'Sent a portal user new sign-in details',
  'portal-user.disabled': 'Disabled a portal user',
  'portal-user.email-change-asked': 'Asked for a new sign-in email to be confirmed',
  'portal-user.email-change-cancelled': 'Gave up a new sign-in email',
  'portal-user.email-change-resent': 'Sent the link for a new sign-in email again',
  'portal-user.email-changed': 'Confirmed a new sign-in email',
  'portal-user.enabled': 'Enabled a portal user',
  'portal-user.portals-given': 'Gave a portal user access to portals',
  'portal-user.own-sessions-ended': 'Signed out in other places',
  'portal-user.password-changed': 'Changed their password',
  'portal-user.password-voided': 'Stopped a password after a hundred wrong codes',
  'portal-user.proof-failed': 'Gave a wrong password or code where they had to prove themselves',
  'portal-user.password-reset': 'Chose a new password with a link',
  'portal-user.reset-link-queued': 'Wrote an email with a password link',
  'portal-user.recovery-codes-made': 'Made new recovery codes',
  'portal-user.second-factor-removed': 'Took the second factor of a portal user away',
  'portal-user.second-factor-turned-off': 'Turned off their second factor',
  'portal-user.second-factor-turned-on': 'Turned on a second factor',
  'portal-user.signed-in': 'Signed in to the client portal',
  'portal-user.sign-in-failed': 'Could not sign in to the client portal',
  'portal-user.signed-out': 'Signed out of the client portal',
  'portal-users.deleted': 'Deleted portal users',
  'portal-users.exported': 'Exported portal users',
  'product.added': 'Added a product',
  'product.archived': 'Archived a product',
  'product.changed': 'Changed a product',
  'product.restored': 'Restored a product',
  'products.granted': 'Gave access to products',
  'products.removed': 'Removed access to products',
  'role.added': 'Added a role',
  'role.changed': 'Changed a role',
  'role.deleted': 'Deleted a role',
  'sign-in.slowed': 'Was told to wait before trying to sign in again',
  'staff.added': 'Added somebody to the team',
  'staff.disabled': 'Disabled a member of the team',
  'staff.enabled': 'Enabled a member of the team',
  'staff.joined': 'Joined with a link',
  'staff.link-made': 'Made a sign-in link for a member of the team',
  'staff.own-sessions-ended': 'Signed out in other places',
  'staff.password-changed': 'Changed their password',
  'staff.password-reset': 'Chose a new password with a link',
  'staff.role-changed': 'Changed the role of a member of the team',
  'staff.sessions-ended': 'Signed a member of the team out everywhere',
  'staff.sign-in-failed': 'Could not sign in',
  'staff.proof-failed': 'Gave a wrong password or code where they had to prove themselves',
  'staff.recovery-codes-made': 'Made new recovery codes',
  'staff.second-factor-removed': 'Took the second factor of a member of the team away',
  'staff.second-factor-turned-off': 'Turned off their second factor',
  'staff.second-factor-turned-on': 'Turned on a second factor',
  'staff.signed-in': 'Signed in',
  'staff.signed-out': 'Signed out',
  'team-settings.changed': 'Changed the team settings',
}

const SUBJECTS: Record<string, [word: string, folder: string | null]> = {
  batch: ['Bulk change', '/staff/batches'],
  company: ['Company', '/staff/companies'],
  contact: ['Contact', '/staff/contacts'],
  email: ['Email', '/staff/emails'],
  import: ['Import', '/staff/imports'],
  invitation: ['Invitation', '/staff/invitations'],
  portal: ['Portal', '/staff/portals'],
  portal_user: ['Portal user', '/staff/portal-users'],
  product: ['Product', '/staff/products'],
  role: ['Role', '/staff/roles'],
  staff: ['Team', '/staff/team'],
}

/** Where a bulk change is shown that is not shown with those of portals, by what it did. */
const BATCH_FOLDERS: Record<string, string | null> = {
  'invitations.resent': '/staff/invitations/resends',
  'portal-users.deleted': null,
  'products.granted': '/staff/products/changes',
  'products.removed': '/staff/products/changes',
}

export function actionWords(action: string): string {
  const plain = action.replace(/[.-]/g, ' ')
  return ACTIONS[action] ?? plain.charAt(0).toUpperCase() + plain.slice(1)
}

/** As `actionWords`, with what the line knows beyond its action. */
export function eventWords({ action, data }: Pick<ActivityEvent, 'action' | 'data'>): string {
  const isOfStep = /\.(sign-in|proof)-failed$/.exec(action)
  const { step } = isOfStep ? (JSON.parse(data ?? '{}') as { step?: string }) : {}
  if (step === undefined) return actionWords(action)
  if (isOfStep?.[1] === 'sign-in') return 'Gave the right password, but a wrong code'
  return `Gave a wrong ${step} where they had to prove themselves`
}

export function actorWords({ actorType, actorId, actorName }: ActivityEvent): string {
  if (actorType === 'system') return 'Portico'
  if (actorType === 'visitor') return 'Somebody not signed in'
  return actorName ?? `${actorType === 'staff' ? 'Staff' : 'Portal user'} ${String(actorId)}`
}

/** "Contact: Ada Okafor" with the address of its page; without one for what has no page. */
export function subjectWords(event: ActivityEvent): { words: string; href: string } {
  const { action, subjectType, subjectId, subjectName, subjectPortal } = event
  if (subjectType === null || subjectId === null) return { words: refusedWords(event), href: '' }
  const [word, usual] = SUBJECTS[subjectType] ?? [subjectType, null]
  const folder = subjectType === 'batch' && action in BATCH_FOLDERS ? (BATCH_FOLDERS[action] ?? null) : usual
  const words = `${word}: ${subjectName ?? `number ${String(subjectId)}`}`
  if (subjectPortal === 'removed') return { words, href: '' }
  if (subjectPortal === 'contact') return { words, href: `/staff/client-portals/${String(subjectId)}/documents` }
  return { words, href: folder ? `${folder}/${String(subjectId)}` : '' }
}

/** What a line without a thing of its own is about: the page that was refused, or a name nobody has. */
function refusedWords({ action, data }: ActivityEvent): string {
  if (action.endsWith('.sign-in-failed')) return 'A name nobody has'
  const { asked, of } = JSON.parse(data ?? '{}') as { asked?: string; of?: string }
  if (action === 'activity.lines-left-out') return of === 'refusals' ? 'Refusals' : 'Sign-ins with names nobody has'
  return asked === undefined ? 'None' : `Page: ${asked.replace(/^\S+ /, '')}`
}
