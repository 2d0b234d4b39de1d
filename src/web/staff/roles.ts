import type { Request, Response } from 'express'
import type { Permissions } from '../../core/access/permissions.ts'
import { may as staffMay } from '../../core/actors.ts'
import { oneLine } from '../../core/names.ts'
import { countHolders, holderCounts } from '../../core/roles/holders.ts'
import { addRole, changeRole, deleteRole, role, ROLE_NAME_LENGTH, roles, type Role } from '../../core/roles/roles.ts'
import { portalSettings } from '../../core/settings/portal-settings.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { PERMISSION_CHOICES, permissionWords, readPermissions, ticksOf } from './permissions.ts'

const ROLES = '/staff/roles'
const CRUMBS = [['Settings', '/staff/settings']]

interface TypedRole extends Permissions {
  name: string
}

const NOTHING_TYPED: TypedRole = { name: '', canInviteOthers: false, canViewDetails: false, canViewDocuments: false }

/** Settings → Roles: named bundles of what portal users may do. */
export function rolePages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/roles', may('change'), (req, res) => showRoles(req, res, NOTHING_TYPED, []))

  pages.post('/roles', may('administer'), async (req, res) => {
    const typed = readRole(req.body)
    const mistake = nameMistake(typed.name)
    if (mistake) return showRoles(req, res.status(422), typed, [mistake])
    const added = await addRole(db, staffOf(req), typed, now())
    if (!added.ok) return showRoles(req, res.status(422), typed, [refusalMistake(added.error, typed.name)])
    await redirectSaying(req, res, ROLES, `The role ${typed.name} was added.`)
  })

  pages.get('/roles/:id', may('administer'), async (req, res) => {
    const found = await roleAt(req)
    showEdit(res, found, found, found.updatedAt, [])
  })

  pages.post('/roles/:id', may('administer'), async (req, res) => {
    const found = await roleAt(req)
    const typed = readRole(req.body)
    const seen = Number(text(req.body, 'seen', 20)) || 0
    const mistake = nameMistake(typed.name)
    if (mistake) return showEdit(res.status(422), found, typed, seen, [mistake])
    const changed = await changeRole(db, staffOf(req), { id: found.id, seen }, typed, now())
    if (!changed.ok) return showEdit(res.status(422), found, typed, seen, [refusalMistake(changed.error, typed.name)])
    await redirectSaying(req, res, ROLES, `The role ${typed.name} was saved.`)
  })

  pages.get('/roles/:id/delete', may('administer'), async (req, res) => showDelete(res, await roleAt(req), false))

  pages.post('/roles/:id/delete', may('administer'), async (req, res) => {
    const id = readId(req.params.id) ?? 0
    const deleted = await deleteRole(db, staffOf(req), { id, seen: Number(text(req.body, 'seen', 10)) || 0 }, now())
    if (deleted.ok) return redirectSaying(req, res, ROLES, `The role ${deleted.value.name} was deleted.`)
    if (deleted.error === 'not-found') return redirectSaying(req, res, ROLES, 'This role is no longer there.')
    await showDelete(res.status(409), await roleAt(req), true)
  })

  async function roleAt(req: Request): Promise<Role> {
    const found = await role(db, readId(req.params.id) ?? 0)
    if (!found) throw notFound()
    return found
  }

  async function showRoles(req: Request, res: Response, typed: TypedRole, errors: FieldError[]): Promise<void> {
    const [all, people] = await Promise.all([roles(db), holderCounts(db)])
    res.page('staff/roles/list', {
      title: 'Roles',
      nav: 'settings',
      crumbs: CRUMBS,
      errors,
      roles: all.map(one => ({ ...one, people: people.get(one.id) ?? 0, words: permissionWords(one) })),
      invitingOff: !(await portalSettings(db)).clientsCanInvite,
      mayAdminister: staffMay(staffOf(req), 'administer'),
      ...formLocals(typed),
    })
  }

  function showEdit(res: Response, found: Role, typed: TypedRole, seen: number, errors: FieldError[]): void {
    res.page('staff/roles/edit', {
      title: `Change the role ${found.name}`,
      nav: 'settings',
      crumbs: [...CRUMBS, ['Roles', ROLES]],
      errors,
      role: found,
      seen,
      ...formLocals(typed),
    })
  }

  async function showDelete(res: Response, found: Role, hasChanged: boolean): Promise<void> {
    const people = await countHolders(db, found.id)
    res.page('staff/roles/delete', {
      title: `Delete the role ${found.name}?`,
      nav: 'settings',
      crumbs: [...CRUMBS, ['Roles', ROLES]],
      crumb: 'Delete',
      role: found,
      people,
      hasChanged,
    })
  }
}

function formLocals(typed: TypedRole) {
  return { typed, ticks: ticksOf(typed), choices: PERMISSION_CHOICES }
}

function readRole(body: unknown): TypedRole {
  return { name: oneLine(text(body, 'name', 1000)), ...readPermissions(body, 'can') }
}

function nameMistake(name: string): FieldError | null {
  const long = [...name].length > ROLE_NAME_LENGTH
  if (name && !long) return null
  const most = count(ROLE_NAME_LENGTH, 'character')
  return { field: 'name', message: name ? `Use at most ${most} for the name` : 'Enter a name for the role' }
}

type Refusal = 'name-taken' | 'semicolon' | 'means-none' | 'not-found' | 'changed-meanwhile'

function refusalMistake(refusal: Refusal, name: string): FieldError {
  if (refusal === 'not-found') throw notFound()
  const message = {
    'name-taken': `There is a role called ${name} already. Choose a different name`,
    semicolon: 'Use a name without a semicolon: in spreadsheets it separates one role from the next',
    'means-none': 'Use another name: in spreadsheets (clear) means that somebody has no role',
    'changed-meanwhile': 'Somebody changed this role while you were editing it. Open it again to see the change',
  }[refusal]
  return { field: 'name', message }
}
