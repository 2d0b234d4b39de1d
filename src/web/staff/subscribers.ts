import type { Request, Response } from 'express'
import type { OneSubscriber } from '../../core/invitations/subscribers.ts'
import {
  countOpenInvitations,
  countSubscribers,
  openInvitationsOf,
  subscriberAt,
  subscribersOf,
} from '../../core/invitations/subscribers.ts'
import { changeAccess, removeAccess } from '../../core/portal-users/one-access.ts'
import { portalOfContact } from '../../core/portals/contact-portals.ts'
import { portalSettings } from '../../core/settings/portal-settings.ts'
import type { Deps } from '../shared/deps.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import {
  accessWords,
  INVITATION_TAGS,
  invitationMailWords,
  LEVEL_CHOICES,
  LEVEL_HINT,
  readLevel,
} from './invitation-words.ts'
import { PERMISSION_CHOICES, readPermissions, ticksOf } from './permissions.ts'

const PER_PAGE = 25
const INVITATIONS_SHOWN = 25
const CHANGED: FieldError = {
  field: 'permission',
  message: 'Somebody changed this portal user while you were looking. Check what is ticked now, then save again',
}

/**
 * What the panel "Client Portal Subscribers" of a contact shows; null while there is no portal. `page` counts from 1.
 */
export async function subscribersPanel(deps: Deps, contactId: number, query: unknown) {
  const portal = await portalOfContact(deps.db, contactId)
  if (!portal) return null
  const { db, now } = deps
  const total = await countSubscribers(db, portal.id)
  const page = Math.min(readPage(text(query, 'page')), Math.max(1, Math.ceil(total / PER_PAGE)))
  const people = await subscribersOf(db, portal.id, PER_PAGE, (page - 1) * PER_PAGE)
  const invitations = page > 1 ? [] : await openInvitationsOf(db, portal.id, INVITATIONS_SHOWN, now())
  return {
    portal,
    people: people.map(one => ({ ...one, words: accessWords(one) })),
    invitations: invitations.map(one => ({
      ...one,
      words: accessWords(one),
      tag: INVITATION_TAGS[one.state],
      mailWords: invitationMailWords(deps, one),
    })),
    waiting: await countOpenInvitations(db, portal.id),
    paging: paging(total, page, PER_PAGE),
  }
}

/** What somebody who has registered may do in one portal, and taking the portal from them. */
export function subscriberPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/portal-access/:accessId/permissions', may('change'), async (req, res) => {
    const subscriber = await subscriberOf(req)
    await showPermissions(res, subscriber, [])
  })

  pages.post('/portal-access/:accessId/permissions', may('change'), async (req, res) => {
    const subscriber = await subscriberOf(req)
    const version = readId(text(req.body, 'version')) ?? 0
    const { clientsCanInvite } = await portalSettings(db)
    const ticked = readPermissions(req.body, 'permission')
    const permissions = clientsCanInvite ? ticked : { ...ticked, canInviteOthers: subscriber.ticked.canInviteOthers }
    const change = { version, level: readLevel(req.body), permissions }
    const changed = await changeAccess(db, staffOf(req), subscriber.accessId, change, now())
    if (!changed.ok && changed.error === 'not-found') throw notFound()
    if (!changed.ok) return showPermissions(res.status(422), subscriber, [CHANGED])
    await redirectSaying(req, res, placeOf(subscriber), `What ${subscriber.name} may do was saved.`)
  })

  pages.get('/portal-access/:accessId/removal', may('change'), async (req, res) => {
    const subscriber = await subscriberOf(req)
    res.page('staff/subscribers/remove', {
      title: `Remove ${subscriber.name} from the portal of ${subscriber.portalName}?`,
      nav: 'contacts',
      crumbs: crumbsOf(subscriber),
      crumb: 'Remove',
      subscriber,
      back: placeOf(subscriber),
    })
  })

  pages.post('/portal-access/:accessId/removal', may('change'), async (req, res) => {
    const removed = await removeAccess(db, staffOf(req), readId(req.params.accessId) ?? 0, now())
    if (!removed.ok) {
      const back = readId(text(req.body, 'contact'))
      if (back === null) throw notFound()
      return redirectSaying(req, res, `/staff/contacts/${String(back)}`, 'They had no access any more.')
    }
    const words = `${removed.value.name} no longer has access to this portal. Files stay where they are.`
    await redirectSaying(req, res, placeOf(removed.value), words)
  })

  async function subscriberOf(req: Request): Promise<OneSubscriber> {
    const found = await subscriberAt(db, readId(req.params.accessId) ?? 0)
    if (!found) throw notFound()
    return found
  }

  async function showPermissions(res: Response, subscriber: OneSubscriber, errors: FieldError[]): Promise<void> {
    const { clientsCanInvite } = await portalSettings(db)
    res.page('staff/subscribers/permissions', {
      title: `Change permissions of ${subscriber.name}`,
      nav: 'contacts',
      crumbs: crumbsOf(subscriber),
      crumb: 'Change permissions',
      errors,
      action: `/staff/portal-access/${String(subscriber.accessId)}/permissions`,
      version: subscriber.version,
      lede: `In the portal of ${subscriber.portalName}.`,
      roles: subscriber.hasRoles ? `/staff/portal-users/${String(subscriber.portalUserId)}` : '',
      ...permissionFields(clientsCanInvite, { ...subscriber.ticked, level: subscriber.level }),
      back: placeOf(subscriber),
    })
  }
}

/** What the form with the three permissions and the level needs. */
export function permissionFields(
  clientsCanInvite: boolean,
  access: Parameters<typeof ticksOf>[0] & Pick<OneSubscriber, 'level'>,
) {
  return {
    clientsCanInvite,
    permissions: PERMISSION_CHOICES.filter(([tick]) => clientsCanInvite || tick !== 'invite'),
    ticks: ticksOf(access),
    levels: LEVEL_CHOICES,
    level: access.level,
    levelHint: LEVEL_HINT,
  }
}

/** Where somebody's access is shown: at the contact whose portal it is, or at the portal user for a shared portal. */
function placeOf({ contactId, portalUserId }: OneSubscriber): string {
  return contactId === null
    ? `/staff/portal-users/${String(portalUserId)}`
    : `/staff/contacts/${String(contactId)}#subscribers`
}

function crumbsOf(subscriber: OneSubscriber): [string, string][] {
  if (subscriber.contactId === null) return [['Portal Access', '/staff/portal-users']]
  return [
    ['Contacts', '/staff/contacts'],
    [subscriber.portalName, placeOf(subscriber)],
  ]
}
