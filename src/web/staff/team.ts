import type { Request, Response } from 'express'
import type { Role } from '../../core/actors.ts'
import { emailKey } from '../../core/email-address.ts'
import { oneLine } from '../../core/names.ts'
import type { Result } from '../../core/result.ts'
import { teamSettings } from '../../core/settings/team-settings.ts'
import { openLinkUntil, type GivenLink } from '../../core/team/links.ts'
import {
  addMember,
  changeRole,
  countMembers,
  disableMember,
  enableMember,
  endMemberSessions,
  memberById,
  membersPage,
  newMemberLink,
  type Member,
  type MemberRefusal,
} from '../../core/team/members.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, type FieldError, type Reading } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { keepShownOnce, takeShownOnce } from './shown-once.ts'
import { teamSecondFactorPages } from './team-second-factor.ts'
import { memberRefused, memberWords, ROLE_CHOICES, ROLES } from './team-words.ts'

const SETTINGS: [string, string] = ['Settings', '/staff/settings']
const TEAM: [string, string] = ['Team', '/staff/team']
const NAME_LENGTH = 100

/** Settings → Team: who works here, and what they may do. */
export function teamPages(face: StaffPages): void {
  const { pages, deps } = face
  const { db, now } = deps

  pages.get('/team', may('administer'), async (req, res) => {
    const lie = paging(await countMembers(db), readPage(req.query.page), staffOf(req).rowsPerPage)
    if (lie.page > lie.pages) return res.redirect(303, '/staff/team')
    const members = (await membersPage(db, lie.page, lie.perPage)).map(one => ({ ...one, ...memberWords(one) }))
    const settings = await teamSettings(db)
    res.page('staff/team/list', { title: 'Team', nav: 'settings', crumbs: [SETTINGS], paging: lie, members, settings })
  })

  pages.get('/team/new', may('administer'), (_req, res) => showNew(res, { name: '', email: '', role: '' }, []))

  pages.post('/team', may('administer'), async (req, res) => {
    const form = readMember(req.body)
    if (!form.ok) return showNew(res.status(422), typedMember(req.body), form.errors)
    const added = await addMember(db, deps, staffOf(req), form.values, now())
    if (added.ok) return showLink(req, res, added.value, `${form.values.name} was added.`)
    const message = 'A member of the team has this email address already. Use a different one, or look in the team list'
    showNew(res.status(422), typedMember(req.body), [{ field: 'email', message }])
  })

  pages.post('/team/:id/link', may('administer'), async (req, res) => {
    const made = await newMemberLink(db, deps, staffOf(req), readId(req.params.id) ?? 0, now())
    if (made.ok) return showLink(req, res, made.value, 'A new link was made. Older links do not work any more.')
    if (made.error === 'not-found') throw notFound()
    const said = 'Nothing was changed: enable this person first'
    await redirectSaying(req, res, `/staff/team/${String(req.params.id)}`, said)
  })

  pages.get('/team/:id', may('administer'), async (req, res) => {
    const member = await memberById(db, readId(req.params.id) ?? 0)
    if (!member) throw notFound()
    res.page('staff/team/member', {
      title: member.name,
      tabTitle: `${member.name} – Team`,
      nav: 'settings',
      crumbs: [SETTINGS, TEAM],
      member: { ...member, ...memberWords(member) },
      isMe: member.id === staffOf(req).id,
      link: takeShownOnce(deps, req, `staff-link ${String(member.id)}`),
      linkUntil: await openLinkUntil(db, member.id, now()),
      choices: ROLE_CHOICES,
    })
  })

  changePages(face)
  teamSecondFactorPages(face)

  async function showLink(req: Request, res: Response, link: GivenLink, said: string): Promise<void> {
    deps.wakeWorker()
    keepShownOnce(deps, req, `staff-link ${String(link.memberId)}`, link.url)
    const mailed = link.mailed ? ' It is also sent by email.' : ''
    await redirectSaying(req, res, `/staff/team/${String(link.memberId)}`, `${said} Copy the link below now.${mailed}`)
  }
}

/** The changes to somebody that need no form of their own. */
function changePages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.post('/team/:id/role', may('administer'), async (req, res) => {
    const role = ROLE_CHOICES.find(([one]) => one === text(req.body, 'role'))?.[0]
    if (!role) throw notFound()
    const changed = await changeRole(db, staffOf(req), readId(req.params.id) ?? 0, role, now())
    const isMe = changed.ok && changed.value.id === staffOf(req).id && role !== 'admin'
    await say(req, res, changed, ({ name }) => `${name} has the role ${ROLES[role]} now.`, isMe)
  })

  pages.post('/team/:id/disabling', may('administer'), async (req, res) => {
    const changed = await disableMember(db, staffOf(req), readId(req.params.id) ?? 0, now())
    await say(req, res, changed, ({ name }) => `${name} is disabled, and signed out everywhere.`)
  })

  pages.post('/team/:id/enabling', may('administer'), async (req, res) => {
    const changed = await enableMember(db, staffOf(req), readId(req.params.id) ?? 0, now())
    await say(req, res, changed, ({ name }) => `${name} is enabled, and can sign in again.`)
  })

  pages.post('/team/:id/sign-out', may('administer'), async (req, res) => {
    const changed = await endMemberSessions(db, staffOf(req), readId(req.params.id) ?? 0, now())
    await say(req, res, changed, ({ name }) => `${name} is signed out everywhere.`)
  })
}

async function say(
  req: Request,
  res: Response,
  changed: Result<Member, MemberRefusal>,
  words: (member: Member) => string,
  isNoLongerMine = false,
): Promise<void> {
  if (!changed.ok) throw memberRefused(changed.error)
  const back = isNoLongerMine ? '/staff/settings' : `/staff/team/${String(changed.value.id)}`
  await redirectSaying(req, res, back, words(changed.value))
}

function typedMember(body: unknown): { name: string; email: string; role: string } {
  return {
    name: oneLine(text(body, 'name', 1000)),
    email: text(body, 'email', 1000),
    role: text(body, 'role'),
  }
}

function readMember(body: unknown): Reading<{ name: string; email: string; role: Role }> {
  const typed = typedMember(body)
  const role = ROLE_CHOICES.find(([one]) => one === typed.role)?.[0]
  const errors: FieldError[] = []
  if (!typed.name) errors.push({ field: 'name', message: 'Enter a name' })
  if ([...typed.name].length > NAME_LENGTH)
    errors.push({ field: 'name', message: `Use at most ${String(NAME_LENGTH)} characters for the name` })
  if (!emailKey(typed.email)) errors.push({ field: 'email', message: 'Enter an email address like name@example.com' })
  if (!role) errors.push({ field: 'role', message: 'Choose what this person may do' })
  return role && errors.length === 0 ? { ok: true, values: { ...typed, role } } : { ok: false, errors }
}

function showNew(res: Response, typed: { name: string; email: string; role: string }, errors: FieldError[]): void {
  const crumbs = [SETTINGS, TEAM]
  const choices = [['', 'Choose a role'], ...ROLE_CHOICES]
  res.page('staff/team/new', { title: 'Add somebody to the team', nav: 'settings', crumbs, typed, errors, choices })
}
