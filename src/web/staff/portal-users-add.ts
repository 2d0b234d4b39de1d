import type { Request, Response } from 'express'
import { addPortalUser, giveOwnerPortals } from '../../core/portal-users/add.ts'
import type { NameOwner } from '../../core/portal-users/owners.ts'
import { sharedPortals } from '../../core/portals/portals.ts'
import { portalSettings } from '../../core/settings/portal-settings.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { listOf } from '../shared/words.ts'
import { namesOf } from './bulk.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import {
  companyChoice,
  mailWords,
  nameMistakes,
  readTemporaryPassword,
  roleChoices,
  takenMistake,
  typedForm,
  withCompanyEmail,
  type TypedForm,
} from './portal-users-form.ts'
import { PORTAL_USERS } from './portal-users-list-query.ts'

const NOBODY: FieldError = {
  field: 'email',
  message: 'Nobody signs in with this email address or username. Save to add them as a new portal user',
}

/**
 * Add Portal User: its buttons find a company, take its email, save, or give the portals to whoever has the address.
 */
export function portalUserAddPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/portal-users/new', may('change'), (_req, res) => showForm(res, typedForm({}), []))

  pages.post('/portal-users', may('change'), async (req, res) => {
    const typed = typedForm(req.body)
    const go = text(req.body, 'go')
    if (go === 'find-company') return showForm(res, typed, [])
    if (go === 'use-email') return showWithEmail(res, typed)
    return go === 'grant' ? grant(req, res, typed) : save(req, res, typed)
  })

  /** Whether new portal users are mailed a link to choose a password instead of a temporary one. */
  async function byLink(): Promise<boolean> {
    return (await portalSettings(db)).credentials === 'link'
  }

  async function showWithEmail(res: Response, typed: TypedForm): Promise<void> {
    const [filled, errors] = withCompanyEmail(typed, await companyChoice(deps, typed))
    await showForm(errors.length > 0 ? res.status(422) : res, filled, errors)
  }

  async function save(req: Request, res: Response, typed: TypedForm): Promise<void> {
    const choice = await companyChoice(deps, typed)
    const { password, errors: passwordErrors } = (await byLink())
      ? { password: null, errors: [] }
      : readTemporaryPassword(req.body)
    const companyErrors = choice.chosen ? [] : [{ field: choice.field, message: 'Choose the company of this person' }]
    const errors = [...companyErrors, ...nameMistakes(typed, false), ...passwordErrors]
    if (!choice.chosen || errors.length > 0) return showForm(res.status(422), typed, errors)
    const user = { ...typed, companyId: choice.chosen.id, username: typed.username || typed.email }
    const added = await addPortalUser(db, deps, staffOf(req), { ...user, temporaryPassword: password }, now())
    if (!added.ok) return showForm(res.status(422), typed, [takenMistake(added.error)], added.error.owner)
    const words = `Portal user saved. ${mailWords(deps, { ...typed, mail: added.value.mail, portals: typed.portalIds.length })}`
    await redirectSaying(req, res, PORTAL_USERS, words)
  }

  async function grant(req: Request, res: Response, typed: TypedForm): Promise<void> {
    if (typed.portalIds.length === 0) {
      const message = 'Select the portals to give access to'
      return showForm(res.status(422), typed, [{ field: 'portal', message }])
    }
    const names = { email: typed.email, username: typed.username || typed.email }
    const wanted = { names, ownerId: readId(text(req.body, 'owner')) ?? 0, portalIds: typed.portalIds }
    const done = await giveOwnerPortals(db, staffOf(req), wanted, now())
    if (!done.ok) {
      const { error } = done
      if (error === 'nobody') return showForm(res.status(422), typed, [NOBODY])
      return showForm(res.status(422), typed, [takenMistake(error)], error.owner)
    }
    const { id, name, disabled, given } = done.value
    const portals = listOf(namesOf(await sharedPortals(db), given))
    const words = portals
      ? `was given access to ${portals}. No email was sent.`
      : 'has access to these portals already.'
    const warning = disabled ? ` ${name} is disabled, and cannot sign in until you enable them.` : ''
    await redirectSaying(req, res, `${PORTAL_USERS}/${String(id)}`, `${name} ${words}${warning}`)
  }

  async function showForm(
    res: Response,
    typed: TypedForm,
    errors: FieldError[],
    owner: NameOwner | null = null,
  ): Promise<void> {
    res.page('staff/portal-users/new', {
      title: 'Add Portal User',
      nav: 'settings',
      crumbs: [
        ['Settings', '/staff/settings'],
        ['Portal Access', PORTAL_USERS],
      ],
      errors,
      typed,
      owner,
      choice: await companyChoice(deps, typed),
      portals: await sharedPortals(db),
      byLink: await byLink(),
      roles: await roleChoices(deps),
    })
  }
}
