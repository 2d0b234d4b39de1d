import type { Response } from 'express'
import {
  accessCounts,
  addPortal,
  PORTAL_NAME_LENGTH,
  renamePortal,
  sharedPortal,
  sharedPortals,
  switchPortal,
} from '../../core/portals/portals.ts'
import { oneLine } from '../../core/names.ts'
import { heldMail } from '../../core/portal-users/held.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { switchedFrom } from './client-portals.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const CRUMBS = [['Settings', '/staff/settings']]

/** Settings → Portals: the shared portals of the office. */
export function portalPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/portals', may('administer'), (_req, res) => showPortals(res, '', []))

  pages.post('/portals', may('administer'), async (req, res) => {
    const name = readName(req.body)
    const mistake = nameMistake(name)
    if (mistake) return showPortals(res.status(422), name, [{ field: 'name', message: mistake }])
    const added = await addPortal(db, staffOf(req), name, now())
    if (!added.ok)
      return showPortals(res.status(422), name, [{ field: 'name', message: refusalWords(added.error, name) }])
    await redirectSaying(req, res, '/staff/portals', `The portal ${name} was added.`)
  })

  pages.get('/portals/:id', may('administer'), async (req, res) =>
    showRename(res, await portalAt(req.params.id), null, []),
  )

  pages.post('/portals/:id', may('administer'), async (req, res) => {
    const portal = await portalAt(req.params.id)
    const name = readName(req.body)
    const mistake = nameMistake(name)
    if (mistake) return showRename(res.status(422), portal, name, [{ field: 'name', message: mistake }])
    const renamed = await renamePortal(db, staffOf(req), portal.id, name, now())
    if (!renamed.ok)
      return showRename(res.status(422), portal, name, [{ field: 'name', message: refusalWords(renamed.error, name) }])
    await redirectSaying(req, res, '/staff/portals', `The portal is now called ${name}.`)
  })

  for (const [act, enabled] of [
    ['enabling', true],
    ['disabling', false],
  ] as const) {
    pages.post(`/portals/:id/${act}`, may('administer'), async (req, res) => {
      const switched = await switchPortal(db, staffOf(req), readId(req.params.id) ?? 0, enabled, now())
      if (!switched.ok) throw notFound()
      const { contactId, name } = switched.value
      const words = enabled
        ? 'is enabled: those with access can open it.'
        : 'is disabled: nobody can open it until you enable it again.'
      const what = contactId === null ? name : `The portal of ${name}`
      await redirectSaying(req, res, switchedFrom(req), `${what} ${words}`)
    })
  }

  async function portalAt(id: unknown) {
    const portal = await sharedPortal(db, readId(id) ?? 0)
    if (!portal) throw notFound()
    return portal
  }

  async function showPortals(res: Response, name: string, errors: FieldError[]): Promise<void> {
    const [portals, people] = await Promise.all([sharedPortals(db), accessCounts(db)])
    res.page('staff/portals/list', {
      title: 'Portals',
      nav: 'settings',
      crumbs: CRUMBS,
      errors,
      portals,
      people,
      held: await heldMail(db, now()),
      name,
    })
  }

  function showRename(
    res: Response,
    portal: { id: number; name: string },
    name: string | null,
    errors: FieldError[],
  ): void {
    res.page('staff/portals/rename', {
      title: `Rename ${portal.name}`,
      nav: 'settings',
      crumbs: [...CRUMBS, ['Portals', '/staff/portals']],
      errors,
      portal,
      name: name ?? portal.name,
    })
  }
}

function readName(body: unknown): string {
  return oneLine(text(body, 'name', 1000))
}

function nameMistake(name: string): string | null {
  if (!name) return 'Enter a name for the portal'
  if ([...name].length > PORTAL_NAME_LENGTH) return `Use at most ${String(PORTAL_NAME_LENGTH)} characters for the name`
  return null
}

function refusalWords(refusal: 'name-taken' | 'semicolon' | 'not-found', name: string): string {
  if (refusal === 'not-found') throw notFound()
  if (refusal === 'semicolon')
    return 'Use a name without a semicolon: in spreadsheets it separates one portal from the next'
  return `There is a portal called ${name} already. Choose a different name`
}
