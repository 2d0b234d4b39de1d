import type { AccessLevel } from '../../src/core/access/levels.ts'
import type { Permissions } from '../../src/core/access/permissions.ts'
import { system } from '../../src/core/actors.ts'
import { openContactPortals } from '../../src/core/portals/contact-portals.ts'
import type { Browser } from './browser.ts'
import { aPortalUser, OWN_PASSWORD, signInToPortal, type SomePortalUser } from './people.ts'
import type { World } from './world.ts'

/** The portal of a contact, as the first invitation makes it. */
export async function aContactPortal(world: World, contactId: number): Promise<{ id: number; slug: string }> {
  const contact = await world.db('contacts').where({ id: contactId }).first<{ id: number; name: string }>('id', 'name')
  await world.db.transaction(trx => openContactPortals(trx, system, [contact], world.now()))
  return world.db('portals').where({ contact_id: contactId }).first<{ id: number; slug: string }>('id', 'slug')
}

/** Access of somebody to a portal, everything allowed but what is said; returns its id. */
export async function subscribe(
  world: World,
  portalUserId: number,
  portalId: number,
  allowed: Partial<Permissions> & { level?: AccessLevel } = {},
): Promise<number> {
  const { level = 'standard', canInviteOthers = true, canViewDetails = true, canViewDocuments = true } = allowed
  const [row] = await world
    .db('portal_access')
    .insert({
      portal_id: portalId,
      portal_user_id: portalUserId,
      access_level: level,
      can_invite_others: canInviteOthers,
      can_view_details: canViewDetails,
      can_view_documents: canViewDocuments,
      source: 'invitation',
      granted_at: world.now(),
    })
    .returning<{ id: number }[]>('id')
  return row?.id ?? 0
}

/** Somebody new who has the portal of a contact, signed in. */
export async function aSubscriber(
  world: World,
  who: Partial<Permissions> & { contactId: number; name?: string; level?: AccessLevel },
): Promise<{ browser: Browser; slug: string; portalId: number; accessId: number; user: SomePortalUser }> {
  const { contactId, name = 'Sam Sole', ...allowed } = who
  const user = await aPortalUser(world, { name })
  const portal = await aContactPortal(world, contactId)
  const accessId = await subscribe(world, user.id, portal.id, allowed)
  const browser = world.browser()
  await signInToPortal(browser, user.username, OWN_PASSWORD)
  return { browser, slug: portal.slug, portalId: portal.id, accessId, user }
}
