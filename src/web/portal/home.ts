import type { PortalUser } from '../../core/actors.ts'
import { maySeeDocuments, newDocumentCounts, newDocuments } from '../../core/documents/own-documents.ts'
import { knowsPeople } from '../../core/invitations/own-invitations.ts'
import { ownHome } from '../../core/portal-users/own-home.ts'
import { portalsOf, type OwnPortal } from '../../core/portal-users/own-portals.ts'
import type { Deps } from '../shared/deps.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'
import { portalAt } from './portal-at.ts'

const NEWEST = 10
const NO_NEWS = { total: 0, newest: [] }

/**
 * The list of one's portals, and the portals themselves. Whose they are is part of every query; a session remembers
 * nothing.
 */
export function homePages({ pages, deps }: PortalPages): void {
  pages.get('/home', async (req, res) => {
    const user = portalUserOf(req)
    const { portals, products, visitBefore: since } = await ownHome(deps.db, user, deps.now())
    const title = `Welcome, ${firstName(user)}`
    const enabled = portals.filter(portal => portal.enabled)
    // On a first visit everything is new, and nothing is said.
    const news = since === null ? new Map<number, number>() : await newDocumentCounts(deps.db, user, enabled, since)
    res.page('portal/home', { title, tabTitle: 'Your portals', nav: 'home', portals, products, since, news })
  })

  pages.get('/portals/:slug', async (req, res) => {
    const user = portalUserOf(req)
    const portal = await portalAt(deps, req)
    const { portals, products, visitBefore: since } = await ownHome(deps.db, user, deps.now())
    const news = since === null ? NO_NEWS : await newDocuments(deps.db, user, portal, { since, most: NEWEST })
    const others = portals.length - 1
    const parts = partsOf(portal)
    res.page('portal/portal', { title: portal.name, nav: 'home', portal, parts, products, others, news, since })
  })
}

/** Where signing in leads: straight into the portal of somebody who has just one, else to the list. */
export async function firstPage(deps: Deps, user: PortalUser): Promise<string> {
  const portals = await portalsOf(deps.db, user, deps.now())
  const [only, ...others] = portals.filter(portal => portal.enabled)
  return only && others.length === 0 ? `/portal/portals/${only.slug}` : '/portal/home'
}

function firstName({ name }: PortalUser): string {
  return name.split(/\s+/)[0] ?? name
}

/** The parts of a portal that this person may open. */
function partsOf(portal: OwnPortal): [words: string, path: string, aside: string][] {
  const parts: [boolean, string, string, string][] = [
    [portal.canViewDetails, 'My Details', 'details', 'What we know of you'],
    [maySeeDocuments(portal), 'My Documents', 'documents', 'Folders and documents shared in this portal'],
    [knowsPeople(portal), 'People', 'people', 'Who can see this portal, and inviting others'],
  ]
  return parts.filter(([open]) => open).map(([, words, path, aside]) => [words, path, aside])
}
