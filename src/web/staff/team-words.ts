import type { Role } from '../../core/actors.ts'
import type { Member, MemberRefusal, MemberStatus } from '../../core/team/members.ts'
import { notFound, PageError } from '../shared/errors.ts'

export const ROLES: Record<Role, string> = { admin: 'Administrator', manager: 'Manager', viewer: 'Viewer' }

export const ROLE_CHOICES: [Role, string][] = [
  ['viewer', 'Viewer: sees everything but mail and settings, changes nothing'],
  ['manager', 'Manager: changes contacts, companies and access, imports and exports'],
  ['admin', 'Administrator: everything, with portals, mail, team and activity'],
]

const STATUSES: Record<MemberStatus, string> = {
  active: 'Active',
  invited: 'Has not chosen a password yet',
  disabled: 'Disabled',
}

export function memberWords(member: Member): { roleWord: string; statusWord: string; tone: string } {
  const tone = { active: 'ok', invited: 'warn', disabled: 'bad' }[member.status]
  return { roleWord: ROLES[member.role], statusWord: STATUSES[member.status], tone }
}

/** What cannot be done and why; the answer is a page of its own, as nothing could be corrected in a form. */
export function memberRefused(refusal: MemberRefusal): PageError {
  if (refusal === 'not-found') return notFound()
  if (refusal === 'not-allowed')
    return new PageError(403, 'You may not do this', 'Your role does not allow it any more. Nothing was changed.')
  return new PageError(
    409,
    'There must be an administrator',
    'This is the only administrator who can sign in. Make somebody else an administrator first. Nothing was changed.',
  )
}
