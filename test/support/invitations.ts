import type { Staff } from '../../src/core/actors.ts'
import { ALL_CONTACTS } from '../../src/core/contacts/filter.ts'
import { selectMatching } from '../../src/core/contacts/selection.ts'
import { inviteContacts } from '../../src/core/invitations/bulk.ts'
import { inviteToContactPortal, type GivenInvitation } from '../../src/core/invitations/invite.ts'
import { planInvitations } from '../../src/core/invitations/plan.ts'
import { INVITATION_MS } from '../../src/core/invitations/rows.ts'
import type { PortalChoice } from '../../src/core/invitations/standing.ts'
import { openedBody } from '../../src/core/mail/outbox.ts'
import { staffOfSession } from '../../src/core/team/accounts.ts'
import type { Db } from '../../src/db/index.ts'
import type { World } from './world.ts'

/** A member of staff as the core is given them. */
export async function aStaffActor(world: World, name = 'Ines Invites'): Promise<Staff> {
  const { id } = await world.aStaff(name)
  const staff = await staffOfSession(world.db, id, 1, null)
  if (!staff) throw new Error('There is no such member of staff')
  return staff
}

/** Invites every contact there is, in the transaction if there is one. */
export async function inviteEverybody(
  { db, deps, now }: World,
  staff: Staff,
  choice: PortalChoice,
  trx: Db = db,
): Promise<void> {
  const selection = await selectMatching(trx, staff, null, ALL_CONTACTS, now())
  const { mark: seen } = await planInvitations(trx, selection, { by: 'invite', choice }, now())
  const request = { selection, choice, seen, formKey: 'once', leftOut: { groups: [], contactIds: [] }, message: null }
  const invited = await inviteContacts(trx, deps, staff, request, now())
  if (!invited.ok) throw new Error(`Not invited: ${invited.error.kind}`)
}

/** Invites somebody to the portal of a contact and gives what the mail carried: the token of the link. */
export async function anInvitation(
  world: World,
  contactId: number,
  given: Partial<GivenInvitation> & { email: string },
  staff?: Staff,
): Promise<{ id: number; token: string; portalId: number }> {
  const permissions = { canInviteOthers: true, canViewDetails: true, canViewDocuments: true }
  const whole = { name: 'Ada Okafor', message: null, level: 'standard' as const, permissions, ...given }
  const inviter = staff ?? (await aStaffActor(world, `Ines ${given.email}`))
  const invited = await inviteToContactPortal(world.db, world.deps, inviter, contactId, whole, world.now())
  if (!invited.ok) throw new Error(`Not invited: ${JSON.stringify(invited.error)}`)
  return { ...invited.value, token: await tokenOf(world, invited.value.id) }
}

/** The token of an invitation, as its mail holds it while it has not left. */
export async function tokenOf(world: World, invitationId: number): Promise<string> {
  const mail = await world.db('emails').where({ invitation_id: invitationId }).first<{ body: string }>('body')
  const [, token = ''] = /\/portal\/invitations\/([\w-]{43})/.exec(openedBody(world.config, mail.body).text) ?? []
  return token
}

/** As when the mail server took the mail of an invitation just now. */
export async function mailTaken(world: World, invitationId: number): Promise<void> {
  await world
    .db('emails')
    .where({ invitation_id: invitationId })
    .update({ status: 'sent', sent_at: world.now(), body: null })
}

/**
 * A link of each kind to the portal of a contact: for somebody without a login, for this portal user, expired, and
 * used.
 */
export async function invitationLinks(
  world: World,
  staff: Staff,
  contactId: number,
  user: { email: string | null },
): Promise<Record<string, string>> {
  const invite = async (email: string) => anInvitation(world, contactId, { name: 'Ivy Invited', email }, staff)
  const open = await invite('ivy@invited.example')
  const own = await invite(user.email ?? '')
  const expired = await invite('eve@invited.example')
  const used = await invite('una@invited.example')
  await mailTaken(world, expired.id)
  await world
    .db('emails')
    .where({ invitation_id: expired.id })
    .update({ sent_at: world.now() - INVITATION_MS })
  const accepted = { status: 'accepted', accepted_at: world.now(), registered_email: 'una@invited.example' }
  await world.db('invitations').where({ id: used.id }).update(accepted)
  return { openLink: open.token, ownLink: own.token, expiredLink: expired.token, usedLink: used.token }
}
