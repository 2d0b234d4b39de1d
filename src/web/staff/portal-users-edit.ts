import type { Request, Response } from 'express'
import type { WantedLevels } from '../../core/access/levels.ts'
import { FIRST_PERMISSIONS } from '../../core/access/permissions.ts'
import { changePortalUser, type ChangeRefusal, type EmailOutcome } from '../../core/portal-users/change.ts'
import { portalUserDetails, type PortalUserDetails } from '../../core/portal-users/one.ts'
import { switchPortalUser } from '../../core/portal-users/switch.ts'
import { sharedPortals } from '../../core/portals/portals.ts'
import { portalsOfLogin } from '../../core/portal-users/queries.ts'
import { portalSettings } from '../../core/settings/portal-settings.ts'
import type { Deps } from '../shared/deps.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import {
  companyChoice,
  nameMistakes,
  readLevels,
  readRoles,
  readTicks,
  roleChoices,
  takenMistake,
  typedForm,
  withCompanyEmail,
  type TypedForm,
} from './portal-users-form.ts'
import { PERMISSION_CHOICES, ticksOf } from './permissions.ts'
import { linkWords } from './portal-users-email.ts'
import { PORTAL_USERS, STATE_TAGS } from './portal-users-list-query.ts'

const LEVELS = [
  ['none', 'No access'],
  ['full', 'Full'],
  ['standard', 'Standard'],
  ['read_only', 'Read only'],
]
const CANNOT_CONFIRM: FieldError = {
  field: 'email',
  message: 'A disabled portal user cannot confirm a new email address. Enable this one first, then change it',
}
const CHANGED: FieldError = {
  field: 'name',
  message: 'Somebody changed this portal user while you were editing it. Open it again to see the change',
}

/** Edit Portal User: names, company and portals of one, and switching them off and on. */
export function portalUserEditPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/portal-users/:id', may('change'), async (req, res) => {
    const user = await userAt(req)
    await showForm(res, user, filledIn(user), [])
  })

  pages.post('/portal-users/:id', may('change'), async (req, res) => {
    const user = await userAt(req)
    const typed = typedForm(req.body)
    const go = text(req.body, 'go')
    if (go === 'find-company') return showForm(res, user, typed, [], req.body)
    if (go === 'use-email') {
      const [filled, errors] = withCompanyEmail(typed, await companyChoice(deps, typed))
      return showForm(errors.length > 0 ? res.status(422) : res, user, filled, errors, req.body)
    }
    await save(req, res, user, typed)
  })

  for (const [act, enabled] of [
    ['disabling', false],
    ['enabling', true],
  ] as const) {
    pages.post(`/portal-users/:id/${act}`, may('change'), async (req, res) => {
      const done = await switchPortalUser(db, staffOf(req), readId(req.params.id) ?? 0, enabled, now())
      if (!done.ok) throw notFound()
      const words = enabled
        ? enabledWords(await userAt(req))
        : 'is disabled: signed out everywhere, and unable to sign in until you enable them again.'
      await redirectSaying(req, res, addressOf(done.value), `${done.value.name} ${words}`)
    })
  }

  async function save(req: Request, res: Response, user: PortalUserDetails, typed: TypedForm): Promise<void> {
    const { chosen } = await companyChoice(deps, typed)
    const errors = nameMistakes(typed, user.email === null)
    if (!typed.name) errors.push({ field: 'name', message: 'Enter the name of this person' })
    if (errors.length > 0) return showForm(res.status(422), user, typed, errors, req.body)
    const levels = readLevels(req.body, await sharedPortals(db))
    const change = {
      version: readId(text(req.body, 'version')) ?? 0,
      companyId: chosen?.id ?? null,
      name: typed.name,
      email: typed.email || null,
      username: typed.username || typed.email || user.username,
      levels,
      permissions: readTicks(req.body, levels),
      roleIds: readRoles(req.body),
    }
    const changed = await changePortalUser(db, deps, staffOf(req), user.id, change, now())
    if (!changed.ok) return showForm(res.status(422), user, typed, [refusalMistake(changed.error)], req.body)
    await redirectSaying(req, res, addressOf(user), savedWords(deps, changed.value, typed))
  }

  async function userAt(req: Request): Promise<PortalUserDetails> {
    const user = await portalUserDetails(db, readId(req.params.id) ?? 0, now())
    if (!user) throw notFound()
    return user
  }

  /** `body` is what was typed before, for the parts that have a field for each portal. */
  async function showForm(
    res: Response,
    user: PortalUserDetails,
    typed: TypedForm,
    errors: FieldError[],
    body: unknown = null,
  ): Promise<void> {
    const portals = await sharedPortals(db)
    const typedLevels: WantedLevels = body === null ? new Map() : readLevels(body, portals)
    const levels = new Map([...user.levels, ...typedLevels])
    const permissions = new Map([...user.permissions, ...readTicks(body, typedLevels)])
    res.page('staff/portal-users/edit', {
      title: 'Edit Portal User',
      tabTitle: `${user.name} – Edit Portal User`,
      nav: 'settings',
      crumbs: [
        ['Settings', '/staff/settings'],
        ['Portal Access', PORTAL_USERS],
      ],
      crumb: user.name,
      errors,
      user,
      typed,
      version: body === null ? user.version : (readId(text(body, 'version')) ?? 0),
      choice: await companyChoice(deps, typed),
      portals,
      contactPortals: (await portalsOfLogin(db, user.id)).filter(portal => portal.contactId !== null),
      levelOf: (portalId: number) => levels.get(portalId) ?? 'none',
      levels: LEVELS,
      ticksOf: (portalId: number) => ticksOf(permissions.get(portalId) ?? FIRST_PERMISSIONS),
      permissions: PERMISSION_CHOICES,
      invitingOff: !(await portalSettings(db)).clientsCanInvite,
      roles: await roleChoices(deps),
      state: STATE_TAGS[user.state],
      inTime: user.pendingEmail !== null && user.pendingEmail.expiresAt > now(),
    })
  }
}

function addressOf({ id }: { id: number }): string {
  return `${PORTAL_USERS}/${String(id)}`
}

function enabledWords({ state, lastMail, temporaryPasswordExpiresAt }: PortalUserDetails): string {
  if (state === 'link-expired' || (state === 'no-password' && temporaryPasswordExpiresAt === null))
    return 'is enabled, but has no password and no link to choose one: resend the invitation.'
  if (state === 'expired') return 'is enabled, but the temporary password has expired: resend the invitation.'
  return state === 'temporary-password' && lastMail?.status === 'cancelled'
    ? 'is enabled, but the invitation was given up before it was sent: resend it.'
    : 'is enabled and can sign in again.'
}

function filledIn(user: PortalUserDetails): TypedForm {
  const { companyId, name, username, roleIds } = user
  return { companyId, companyText: '', name, username, email: user.email ?? '', portalIds: [], roleIds }
}

function savedWords(deps: Deps, email: EmailOutcome, typed: TypedForm): string {
  if (email === 'same') return `The changes to ${typed.name} were saved.`
  return email === 'asked'
    ? `The changes were saved. The new email address is used once it is confirmed. ${linkWords(deps, typed.email)}`
    : `The changes were saved. What was sent to the old address no longer works: resend the invitation to ${typed.email}.`
}

function refusalMistake(refusal: ChangeRefusal): FieldError {
  if (refusal === 'not-found') throw notFound()
  if (refusal === 'cannot-confirm') return CANNOT_CONFIRM
  return refusal === 'changed-meanwhile' ? CHANGED : takenMistake(refusal)
}
