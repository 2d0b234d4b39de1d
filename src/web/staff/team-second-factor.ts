import type { Request } from 'express'
import { changeTeamSettings } from '../../core/settings/team-settings.ts'
import { memberById, type Member } from '../../core/team/members.ts'
import { takeFactorFromMember } from '../../core/team/second-factor.ts'
import { notFound } from '../shared/errors.ts'
import { readId, ticked } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { memberRefused } from './team-words.ts'

/** Whether administrators need a second factor, and taking that of a colleague away who has lost it. */
export function teamSecondFactorPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.post('/team/settings', may('administer'), async (req, res) => {
    const adminsNeedSecondFactor = ticked(req.body, 'adminsNeedSecondFactor')
    await changeTeamSettings(db, staffOf(req), { adminsNeedSecondFactor }, now())
    const words = adminsNeedSecondFactor
      ? 'Administrators must use a second factor. Those without one are led to setting it up.'
      : 'Administrators may use a second factor, but need not.'
    await redirectSaying(req, res, '/staff/team', words)
  })

  pages.get('/team/:id/second-factor', may('administer'), async (req, res) => {
    const member = await memberAt(req)
    if (member.id === staffOf(req).id) return res.redirect(303, '/staff/second-factor')
    res.page('staff/team/second-factor', {
      title: `Take away the second factor of ${member.name}?`,
      nav: 'settings',
      crumbs: [
        ['Settings', '/staff/settings'],
        ['Team', '/staff/team'],
        [member.name, `/staff/team/${String(member.id)}`],
      ],
      crumb: 'Second factor',
      member,
    })
  })

  pages.post('/team/:id/second-factor', may('administer'), async (req, res) => {
    const { id, name, hasSecondFactor } = await memberAt(req)
    if (id === staffOf(req).id) return res.redirect(303, '/staff/second-factor')
    const taken = await takeFactorFromMember(db, deps, staffOf(req), id, now())
    if (!taken.ok) throw memberRefused(taken.error)
    deps.wakeWorker()
    const words = hasSecondFactor
      ? `${name} has no second factor any more, and is signed out everywhere.`
      : `Nothing was changed: ${name} has no second factor.`
    await redirectSaying(req, res, `/staff/team/${String(id)}`, words)
  })

  async function memberAt(req: Request): Promise<Member> {
    const member = await memberById(db, readId(req.params.id) ?? 0)
    if (!member) throw notFound()
    return member
  }
}
