import type { PortalUser } from '../../core/actors.ts'
import { maySeeDocuments } from '../../core/documents/own-documents.ts'
import { knowsPeople } from '../../core/invitations/own-invitations.ts'
import { portalsOf, type OwnPortal } from '../../core/portal-users/own-portals.ts'
import { productsOf } from '../../core/products/own-products.ts'
import type { Deps } from '../shared/deps.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'
import { portalAt } from './portal-at.ts'

/** The list of one's portals, and the portals themselves. Whose they are is part of every query; a session remembers nothing. */
export function homePages({ pages, deps }: PortalPages): void {
  pages.get('/home', async (req, res) => {
    const user = portalUserOf(req)
    const portals = await portalsOf(deps.db, user, deps.now())
    const products = await productsOf(deps.db, user)
    const title = `Welcome, ${firstName(user)}`
    res.page('portal/home', { title, tabTitle: 'Your portals', nav: 'home', portals, products })
  })

  pages.get('/portals/:slug', async (req, res) => {
    const user = portalUserOf(req)
    const portal = await portalAt(deps, req)
    const all = await portalsOf(deps.db, user, deps.now())
    const products = await productsOf(deps.db, user)
    const others = all.length - 1
    res.page('portal/portal', { title: portal.name, nav: 'home', portal, parts: partsOf(portal), products, others })
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
