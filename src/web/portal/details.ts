import type { Request, Response } from 'express'
import {
  changeOwnDetails,
  DETAILS_LENGTHS,
  mayChangeDetails,
  ownDetails,
  type DetailsChange,
  type OwnDetails,
} from '../../core/contacts/own-details.ts'
import { emailKey } from '../../core/email-address.ts'
import { oneLine } from '../../core/names.ts'
import type { OwnPortal } from '../../core/portal-users/own-portals.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'
import { notAllowed, portalAt } from './portal-at.ts'

const MEANWHILE =
  'These details were changed while you were editing them. Open them again to see the change, then save yours'

/** My Details: what the office knows of its customer, and correcting it where the access level allows. */
export function detailsPages({ pages, deps }: PortalPages): void {
  const { db, now } = deps

  pages.get('/portals/:slug/details', async (req, res) => {
    const portal = await portalWithDetails(req)
    const details = await ownDetails(db, portalUserOf(req), portal)
    const mayChange = details !== null && mayChangeDetails(portal)
    res.page('portal/details/details', {
      title: 'My Details',
      nav: 'home',
      crumbs: crumbsOf(portal),
      portal,
      details,
      mayChange,
    })
  })

  pages.get('/portals/:slug/details/change', async (req, res) => {
    const { portal, details } = await changeable(req)
    showForm(res, portal, { ...details, email: details.email ?? '', phone: details.phone ?? '' }, [])
  })

  pages.post('/portals/:slug/details', async (req, res) => {
    const { portal } = await changeable(req)
    const typed = typedDetails(req.body)
    const errors = mistakesIn(typed)
    if (errors.length > 0) return showForm(res.status(422), portal, typed, errors)
    const change: DetailsChange = { ...typed, email: typed.email || null, phone: typed.phone || null }
    const changed = await changeOwnDetails(db, portalUserOf(req), portal, change, now())
    if (!changed.ok) return showForm(res.status(422), portal, typed, [{ field: 'name', message: MEANWHILE }])
    await redirectSaying(req, res, `/portal/portals/${portal.slug}/details`, 'Your details were saved.')
  })

  async function portalWithDetails(req: Request): Promise<OwnPortal> {
    const portal = await portalAt(deps, req)
    if (!portal.canViewDetails) throw notAllowed(deps, 'see the details of this portal')
    return portal
  }

  async function changeable(req: Request): Promise<{ portal: OwnPortal; details: OwnDetails }> {
    const portal = await portalWithDetails(req)
    if (!mayChangeDetails(portal)) throw notAllowed(deps, 'change these details')
    const details = await ownDetails(db, portalUserOf(req), portal)
    if (!details) throw notFound()
    return { portal, details }
  }
}

interface TypedDetails {
  version: number
  name: string
  email: string
  phone: string
}

function typedDetails(body: unknown): TypedDetails {
  const line = (field: string): string => oneLine(text(body, field, 1000))
  return {
    version: readId(text(body, 'version')) ?? 0,
    name: line('name'),
    email: line('email'),
    phone: line('phone'),
  }
}

function mistakesIn(typed: TypedDetails): FieldError[] {
  const errors: FieldError[] = []
  if (!typed.name) errors.push({ field: 'name', message: 'Enter a name' })
  if (typed.email && !emailKey(typed.email))
    errors.push({ field: 'email', message: 'Enter an email address like name@example.com, or leave it empty' })
  for (const field of ['name', 'email', 'phone'] as const) {
    const most = DETAILS_LENGTHS[field]
    if ([...typed[field]].length > most) errors.push({ field, message: `Use at most ${String(most)} characters here` })
  }
  return errors.filter((error, index) => errors.findIndex(({ field }) => field === error.field) === index)
}

function showForm(res: Response, portal: OwnPortal, typed: TypedDetails, errors: FieldError[]): void {
  const crumbs = [...crumbsOf(portal), ['My Details', `/portal/portals/${portal.slug}/details`]]
  res.page('portal/details/change', { title: 'Change my details', nav: 'home', crumbs, portal, typed, errors })
}

function crumbsOf(portal: OwnPortal): [string, string][] {
  return [[portal.name, `/portal/portals/${portal.slug}`]]
}
