import type { Request, Response } from 'express'
import { emailKey } from '../../core/email-address.ts'
import {
  cancelOwnInvitation,
  ceilingOf,
  colleaguesOf,
  inviteColleague,
  knowsPeople,
  mayInvite,
  OWN_INVITATION_LENGTHS,
  resendOwnInvitation,
} from '../../core/invitations/own-invitations.ts'
import { oneLine } from '../../core/names.ts'
import type { OwnPortal } from '../../core/portal-users/own-portals.ts'
import { createLimit } from '../../core/throttle/rate-limiter.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, texts, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'
import { notAllowed, portalAt } from './portal-at.ts'

type AccessLevel = OwnPortal['level']

const DAY = 86_400
const INVITE = 'invite other people to this portal'
const LEVEL_WORDS: Record<AccessLevel, string> = {
  read_only: 'Read only: see and download',
  standard: 'Standard: also change My Details',
  full: 'Full: also upload documents',
}
const PERMISSION_WORDS = {
  canInviteOthers: 'Invite other people to the portal',
  canViewDetails: 'View My Details',
  canViewDocuments: 'View My Documents',
}
type PermissionName = keyof typeof PERMISSION_WORDS
const TOO_SOON =
  'An invitation was sent to this person a short while ago. Wait five minutes, and send it again at most five times a day'
const REFUSALS = {
  'not-possible':
    'This person cannot be invited. They can open the portal already, or only the office can invite them: ask the office',
  'invited-already': 'This person has been invited already. Their invitation is in the list of people',
}

/** Who can see this portal, and inviting colleagues within one's own rights. */
export function peoplePages({ pages, deps }: PortalPages): void {
  const { db, now } = deps
  const invitesADay = createLimit(db, 'portal-invites', 20, DAY)

  pages.get('/portals/:slug/people', async (req, res) => {
    const portal = await portalWithPeople(req)
    const people = await colleaguesOf(db, portalUserOf(req), portal, now())
    const title = 'Who can see this portal'
    res.page('portal/people/list', {
      title,
      nav: 'home',
      crumbs: crumbsOf(portal),
      portal,
      people,
      mayInvite: await mayInvite(db, portal),
    })
  })

  pages.get('/portals/:slug/people/new', async (req, res) => {
    const portal = await portalToInviteTo(req)
    const { permissions } = ceilingOf(portal)
    const ticked = (Object.keys(PERMISSION_WORDS) as PermissionName[]).filter(name => permissions[name])
    showForm(res, portal, { name: '', email: '', message: '', level: portal.level, permissions: ticked }, [])
  })

  pages.post('/portals/:slug/people', async (req, res) => {
    const portal = await portalToInviteTo(req)
    const typed = typedInvitation(req.body, portal)
    const errors = mistakesIn(typed)
    if (errors.length > 0) return showForm(res.status(422), portal, typed, errors)
    const user = portalUserOf(req)
    if ((await invitesADay(String(user.id))) > 0) {
      const message = 'You have invited 20 people within a day. Invite this person tomorrow'
      return showForm(res.status(429).set('Retry-After', '3600'), portal, typed, [{ field: 'email', message }])
    }
    const given = { ...typed, message: typed.message || null, permissions: permissionsFrom(typed) }
    const invited = await inviteColleague(db, deps, user, portal, given, now())
    if (!invited.ok) {
      await invitesADay.giveBack(String(user.id))
      return refuse(res, portal, typed, invited.error)
    }
    deps.wakeWorker()
    const said = `The invitation to ${typed.email} is queued. It works for seven days after it is sent.`
    await redirectSaying(req, res, peopleOf(portal), said)
  })

  pages.post('/portals/:slug/people/invitations/:id/cancelling', async (req, res) => {
    const portal = await portalWithPeople(req)
    const done = await cancelOwnInvitation(db, portalUserOf(req), portal, readId(req.params.id) ?? 0, now())
    if (!done.ok) throw notFound()
    await redirectSaying(req, res, peopleOf(portal), `The invitation to ${done.value.email} was cancelled.`)
  })

  pages.post('/portals/:slug/people/invitations/:id/resending', async (req, res) => {
    const portal = await portalToInviteTo(req)
    const user = portalUserOf(req)
    const done = await resendOwnInvitation(db, deps, user, portal, readId(req.params.id) ?? 0, now())
    if (!done.ok && done.error === 'too-soon') return redirectSaying(req, res, peopleOf(portal), `${TOO_SOON}.`)
    if (!done.ok) throw notFound()
    deps.wakeWorker()
    const said = `A new invitation to ${done.value.email} is queued. The link in the earlier one no longer works.`
    await redirectSaying(req, res, peopleOf(portal), said)
  })

  async function portalWithPeople(req: Request): Promise<OwnPortal> {
    const portal = await portalAt(deps, req)
    if (portal.contactId === null) throw notFound()
    if (!knowsPeople(portal)) throw notAllowed(deps, 'see who else can open this portal')
    return portal
  }

  async function portalToInviteTo(req: Request): Promise<OwnPortal> {
    const portal = await portalWithPeople(req)
    if (!(await mayInvite(db, portal))) throw notAllowed(deps, INVITE)
    return portal
  }

  function refuse(res: Response, portal: OwnPortal, typed: TypedInvitation, error: Refusal): void {
    if (error === 'not-allowed') throw notAllowed(deps, INVITE)
    if (error === 'too-much')
      return showForm(res.status(422), portal, typed, [
        { field: 'permissions', message: 'You can only hand on what you may do yourself' },
      ])
    const message = error === 'too-soon' ? TOO_SOON : REFUSALS[error]
    showForm(res.status(422), portal, typed, [{ field: 'email', message }])
  }
}

type Refusal = Extract<Awaited<ReturnType<typeof inviteColleague>>, { ok: false }>['error']

interface TypedInvitation {
  name: string
  email: string
  message: string
  level: AccessLevel
  permissions: string[]
}

/** A level that nobody knows is asked for as the least; one above the person's own is refused later. */
function typedInvitation(body: unknown, portal: OwnPortal): TypedInvitation {
  const level = text(body, 'level') || portal.level
  return {
    name: oneLine(text(body, 'name', 1000)),
    email: oneLine(text(body, 'email', 1000)),
    message: text(body, 'message', 5000).replaceAll('\r\n', '\n'),
    level: level in LEVEL_WORDS ? (level as AccessLevel) : 'read_only',
    permissions: texts(body, 'permissions'),
  }
}

function permissionsFrom({ permissions }: TypedInvitation) {
  return {
    canInviteOthers: permissions.includes('canInviteOthers'),
    canViewDetails: permissions.includes('canViewDetails'),
    canViewDocuments: permissions.includes('canViewDocuments'),
  }
}

function mistakesIn({ name, email, message }: TypedInvitation): FieldError[] {
  const most = OWN_INVITATION_LENGTHS
  const errors: FieldError[] = []
  if (!name) errors.push({ field: 'name', message: 'Enter the name of the person' })
  if ([...name].length > most.name)
    errors.push({ field: 'name', message: `Use at most ${String(most.name)} characters here` })
  if (!emailKey(email)) errors.push({ field: 'email', message: 'Enter an email address like name@example.com' })
  if ([...message].length > most.message)
    errors.push({ field: 'message', message: `Use at most ${String(most.message)} characters here` })
  return errors
}

function showForm(res: Response, portal: OwnPortal, typed: TypedInvitation, errors: FieldError[]): void {
  const ceiling = ceilingOf(portal)
  res.page('portal/people/new', {
    title: 'Invite other people',
    nav: 'home',
    crumbs: [...crumbsOf(portal), ['Who can see this portal', peopleOf(portal)]],
    portal,
    typed,
    errors,
    permissions: Object.entries(PERMISSION_WORDS).filter(([name]) => ceiling.permissions[name as PermissionName]),
    levels: ceiling.levels.map(level => [level, LEVEL_WORDS[level]]),
  })
}

function peopleOf(portal: OwnPortal): string {
  return `/portal/portals/${portal.slug}/people`
}

function crumbsOf(portal: OwnPortal): [string, string][] {
  return [[portal.name, `/portal/portals/${portal.slug}`]]
}
