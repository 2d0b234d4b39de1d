import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { historyOf } from '../../core/audit/events.ts'
import { cancelInvitation, changeInvitation } from '../../core/invitations/change.ts'
import { inviterName } from '../../core/invitations/link.ts'
import { resendInvitation, type ResendRefusal } from '../../core/invitations/renew.ts'
import { invitationById, type Invitation } from '../../core/invitations/rows.ts'
import { portalById } from '../../core/portals/contact-portals.ts'
import { portalSettings } from '../../core/settings/portal-settings.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { actionWords, actorWords } from './activity-words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { accessWords, INVITATION_TAGS, invitationMailWords, readLevel, writtenWords } from './invitation-words.ts'
import { readPermissions } from './permissions.ts'
import { permissionFields } from './subscribers.ts'

const HISTORY = 50
/** What is in the log of an invitation that was not written in bulk. */
const ALONE = ['invitation.written', 'invitation.resent', 'invitation.asked-again']
const CRUMBS: [string, string][] = [
  ['Client Portal', '/staff/client-portals'],
  ['Invitations', '/staff/invitations'],
]

const CHANGED: FieldError = {
  field: 'permission',
  message: 'Somebody changed this invitation while you were looking, or it is not open any more. Look at it again',
}

const NOT_RESENT: Record<Exclude<ResendRefusal, 'not-found'>, string> = {
  accepted: 'Nothing was sent: somebody has registered with this invitation.',
  superseded: 'This invitation was sent again already. The newest link is the one that works.',
  'too-soon':
    'Nothing was sent: an invitation was written to this address a short while ago. Wait five minutes, and send it again at most five times a day.',
}

/** One invitation: sending it again, cancelling it, and what it will allow. */
export function invitationPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/invitations/:id', may('see'), async (req, res) => {
    const invitation = await invitationAt(req)
    const history = await historyOf(db, 'invitation', invitation.id, HISTORY)
    res.page('staff/invitations/invitation', {
      title: `Invitation to ${invitation.email}`,
      nav: 'client-portals',
      crumbs: CRUMBS,
      crumb: invitation.email,
      invitation,
      tag: INVITATION_TAGS[invitation.state],
      isOpen: invitation.state === 'pending' || invitation.state === 'expired',
      mailWords: invitationMailWords(deps, invitation),
      words: accessWords(invitation),
      portal: await portalById(db, invitation.portalId),
      inviter: await inviterName(db, invitation),
      history: history.map(line => ({ at: line.at, what: actionWords(line.action), who: actorWords(line) })),
      isOneOfMany: !history.some(line => ALONE.includes(line.action)),
      mayChange: staffMay(staffOf(req), 'change'),
    })
  })

  pages.post('/invitations/:id/resending', may('change'), async (req, res) => {
    const invitation = await invitationAt(req)
    const resent = await resendInvitation(db, deps, staffOf(req), invitation.id, now())
    if (resent.ok) deps.wakeWorker()
    else if (resent.error === 'not-found') throw notFound()
    const words = resent.ok
      ? `${writtenWords(deps, resent.value)} The old link does not work any more.`
      : NOT_RESENT[resent.error as keyof typeof NOT_RESENT]
    await redirectSaying(req, res, backFrom(req, invitation, resent.ok ? resent.value.id : invitation.id), words)
  })

  pages.post('/invitations/:id/cancelling', may('change'), async (req, res) => {
    const invitation = await invitationAt(req)
    const cancelled = await cancelInvitation(db, staffOf(req), invitation.id, now())
    const isDone = cancelled.ok || invitation.state === 'cancelled'
    const words = isDone
      ? `The invitation to ${invitation.email} is cancelled. Its link does not work any more.`
      : 'Nothing was changed: this invitation is not open any more.'
    await redirectSaying(req, res, backFrom(req, invitation, invitation.id), words)
  })

  pages.get('/invitations/:id/permissions', may('change'), async (req, res) => {
    const invitation = await invitationAt(req)
    if (invitation.state !== 'pending' && invitation.state !== 'expired') {
      const words = 'What this invitation allows can no longer be changed: it is not open any more.'
      return redirectSaying(req, res, addressOf(invitation.id), words)
    }
    await showPermissions(res, invitation, [])
  })

  pages.post('/invitations/:id/permissions', may('change'), async (req, res) => {
    const invitation = await invitationAt(req)
    const { clientsCanInvite } = await portalSettings(db)
    const ticked = readPermissions(req.body, 'permission')
    const permissions = { ...ticked, canInviteOthers: clientsCanInvite && ticked.canInviteOthers }
    const version = readId(text(req.body, 'version')) ?? 0
    const change = { version, level: readLevel(req.body), permissions }
    const changed = await changeInvitation(db, staffOf(req), invitation.id, change, now())
    if (!changed.ok && changed.error === 'not-found') throw notFound()
    if (!changed.ok) return showPermissions(res.status(422), invitation, [CHANGED])
    const words = `What ${invitation.name} may do once they register was saved.`
    await redirectSaying(req, res, placeOf(invitation), words)
  })

  async function invitationAt(req: Request): Promise<Invitation> {
    const found = await invitationById(db, readId(req.params.id) ?? 0, now())
    if (!found) throw notFound()
    return found
  }

  async function showPermissions(res: Response, invitation: Invitation, errors: FieldError[]): Promise<void> {
    const { clientsCanInvite } = await portalSettings(db)
    const portal = await portalById(db, invitation.portalId)
    res.page('staff/subscribers/permissions', {
      title: `Change permissions of the invitation to ${invitation.email}`,
      nav: 'client-portals',
      crumbs: [...CRUMBS, [invitation.email, addressOf(invitation.id)]],
      crumb: 'Change permissions',
      errors,
      action: `${addressOf(invitation.id)}/permissions`,
      version: invitation.version,
      lede: `${invitation.name} is invited to the portal ${portal?.name ?? ''}, and has not registered yet.`,
      roles: '',
      ...permissionFields(clientsCanInvite, invitation),
      back: placeOf(invitation),
    })
  }
}

function addressOf(id: number): string {
  return `/staff/invitations/${String(id)}`
}

/** Where an open invitation is shown: at its contact, or on its own page. */
function placeOf({ id, contactId }: Invitation): string {
  return contactId === null ? addressOf(id) : `/staff/contacts/${String(contactId)}`
}

/** Back to the contact for who came from there, else to the invitation that counts now. */
function backFrom(req: Request, invitation: Invitation, id: number): string {
  return text(req.body, 'from') === 'contact' ? placeOf({ ...invitation, id }) : addressOf(id)
}
