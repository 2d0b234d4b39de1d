import type { Request, Response } from 'express'
import { contact, type Contact } from '../../core/contacts/queries.ts'
import { denialsOf, type Denials } from '../../core/documents/denials.ts'
import { emailKey } from '../../core/email-address.ts'
import { inviteToContactPortal, type InviteRefusal } from '../../core/invitations/invite.ts'
import { INVITATION_LENGTHS } from '../../core/invitations/rows.ts'
import { portalOfContact } from '../../core/portals/contact-portals.ts'
import { portalSettings } from '../../core/settings/portal-settings.ts'
import { notFound, PageError } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { pickedWords } from './documents-place.ts'
import type { StaffPages } from './face.ts'
import { deniedWords } from './folder-permissions.ts'
import { may, staffOf } from './guard.ts'
import { LEVEL_CHOICES, LEVEL_HINT, writtenWords } from './invitation-words.ts'
import { deniableTree, draftFields, withNothingDenied, withShownTicks } from './invite-folders.ts'
import { inviteMistakes, typedInvite, FIRST_TICKS, type TypedInvite } from './invite-form.ts'
import { PERMISSION_CHOICES } from './permissions.ts'

/** As long as a second press of the same button may follow the first. */
const SAME_PRESS_MS = 120_000

const GONE: FieldError = {
  field: 'folders',
  message: 'Something you denied is not in the portal any more. Choose Set Folder Permissions and tick it again',
}

/** "Invite to Portal", and "Invite more to portal" once a contact has one. */
export function invitePages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/contacts/:id/invitations/new', may('change'), async (req, res) => {
    const found = await contactAt(req)
    const isFirst = (await portalOfContact(db, found.id)) === null
    const { name, email } = isFirst ? found : { name: '', email: '' }
    await showForm(res, found, { ...typedInvite({}), name, email: email ?? '', ticks: FIRST_TICKS }, [])
  })

  pages.post('/contacts/:id/invitations', may('change'), async (req, res) => {
    const found = await contactAt(req)
    const typed = typedInvite(req.body)
    const go = text(req.body, 'go')
    if (go === 'deny') return showForm(res, found, withShownTicks(typed, req.body), [])
    if (go === 'folders' || go.startsWith('open:')) return showFolders(res, found, withShownTicks(typed, req.body), go)
    if (go === 'back') return showForm(res, found, typed, [])
    await invite(req, res, found, typed)
  })

  async function invite(req: Request, res: Response, found: Contact, typed: TypedInvite): Promise<void> {
    const errors = inviteMistakes(typed)
    if (errors.length > 0) return showForm(res.status(422), found, typed, errors)
    const { name, email, message, level, permissions, denied: denials } = typed
    const given = { name, email, message: message || null, level, permissions, denials }
    const invited = await inviteToContactPortal(db, deps, staffOf(req), found.id, given, now())
    if (invited.ok) deps.wakeWorker()
    else if (invited.error === 'not-found') throw notFound()
    else if (invited.error === 'denied-gone') return showForm(res.status(422), found, withNothingDenied(typed), [GONE])
    else if (!(await isSamePress(req, typed, invited.error))) return showRefusal(res, found, typed, invited.error)
    const held = invited.ok ? invited.value.held : isHeld(invited.error)
    await redirectSaying(req, res, `/staff/contacts/${String(found.id)}`, writtenWords(deps, { email, held }))
  }

  /** The folders and documents of the portal as tick boxes, with the invitation so far kept in the form. */
  async function showFolders(res: Response, found: Contact, typed: TypedInvite, go: string): Promise<void> {
    const portal = await portalOfContact(db, found.id)
    res.page('staff/invitations/folders', {
      title: 'Set Folder Permissions',
      nav: 'contacts',
      crumbs: [
        ['Contacts', '/staff/contacts'],
        [found.name, `/staff/contacts/${String(found.id)}`],
      ],
      contact: found,
      fields: draftFields(typed),
      ...(await deniableTree(db, portal?.id ?? null, readId(go.replace('open:', '')), typed.denied)),
    })
  }

  async function contactAt(req: Request): Promise<Contact> {
    const found = await contact(db, readId(req.params.id) ?? 0)
    if (!found) throw notFound()
    if (found.archivedAt === null) return found
    throw new PageError(409, 'This contact is archived', 'Restore the contact first, then invite people to its portal.')
  }

  /** This person has just written this very invitation: the second press is the first one again. */
  async function isSamePress(req: Request, typed: TypedInvite, refusal: InviteRefusal): Promise<boolean> {
    if (refusal.kind !== 'invited-already') return false
    const { id, inviterStaffId, createdAt, ...written } = refusal.invitation
    if (inviterStaffId !== staffOf(req).id || createdAt <= now() - SAME_PRESS_MS) return false
    const { clientsCanInvite } = await portalSettings(db)
    const { canInviteOthers, canViewDetails, canViewDocuments } = typed.permissions
    return (
      written.name === typed.name &&
      (written.message ?? '') === typed.message &&
      written.level === typed.level &&
      written.canInviteOthers === (canInviteOthers && clientsCanInvite) &&
      written.canViewDetails === canViewDetails &&
      written.canViewDocuments === canViewDocuments &&
      areSame(await denialsOf(db, { invitationId: id }), typed.denied)
    )
  }

  function showRefusal(res: Response, found: Contact, typed: TypedInvite, refusal: InviteRefusal): Promise<void> {
    const message = refusalWords(refusal, typed.email)
    return showForm(res.status(422), found, typed, [{ field: 'email', message }], refusal)
  }

  async function showForm(
    res: Response,
    found: Contact,
    typed: TypedInvite,
    errors: FieldError[],
    refusal: InviteRefusal | null = null,
  ): Promise<void> {
    const isFirst = (await portalOfContact(db, found.id)) === null
    const { clientsCanInvite } = await portalSettings(db)
    res.page('staff/invitations/new', {
      title: isFirst ? `Invite to the portal of ${found.name}` : `Invite more to the portal of ${found.name}`,
      nav: 'contacts',
      crumbs: [
        ['Contacts', '/staff/contacts'],
        [found.name, `/staff/contacts/${String(found.id)}`],
      ],
      crumb: isFirst ? 'Invite to Portal' : 'Invite more to portal',
      errors,
      contact: found,
      typed,
      refusal,
      deniedWords: pickedWords(typed.denied),
      denials: typed.denied.folderIds.length + typed.denied.documentIds.length,
      emailHint: isFirst && found.email === null ? 'No email address is recorded for this contact. Enter one' : '',
      messageLength: INVITATION_LENGTHS.message,
      clientsCanInvite,
      permissions: PERMISSION_CHOICES.filter(([tick]) => clientsCanInvite || tick !== 'invite'),
      levels: LEVEL_CHOICES,
      levelHint: LEVEL_HINT,
    })
  }
}

function areSame(some: Denials, others: Denials): boolean {
  const words = (denied: Denials): string => [...new Set(deniedWords(denied))].toSorted().join()
  return words(some) === words(others)
}

function isHeld(refusal: InviteRefusal | 'not-found' | 'denied-gone'): boolean {
  return typeof refusal === 'object' && refusal.kind === 'invited-already' && refusal.invitation.mail === 'held'
}

function refusalWords(refusal: InviteRefusal, email: string): string {
  switch (refusal.kind) {
    case 'has-access':
      return `${refusal.name} signs in with ${emailKey(email) ?? email} and has this portal already`
    case 'disabled':
      return `${refusal.name} signs in with ${emailKey(email) ?? email} and is disabled. Enable them first, then invite them`
    case 'invited-already':
      return `${email} is invited to this portal already. Resend that invitation if it did not arrive`
  }
}
