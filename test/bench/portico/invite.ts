import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { inviteContacts as invite } from '../../../src/core/invitations/bulk.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { newToken } from '../../../src/core/secrets.ts'
import { timed } from '../results/numbers.ts'
import { opened, refuse, type Place } from './place.ts'

/** How long planning and queueing took, in milliseconds. */
export interface InviteTimes {
  plan: number
  queue: number
}

/** Invites every contact to its own portal: with the portal, the batch, its lines and a sealed mail each. */
export async function inviteContacts({ place }: { place: Place }): Promise<InviteTimes> {
  const { started, staff } = await opened(place)
  const { db, config, now } = started
  const selection = await selectMatching(db, staff, null, ALL_CONTACTS, now())
  let seen = ''
  const plan = await timed(async () => {
    seen = (await planInvitations(db, selection, { by: 'invite', choice: 'own' }, now())).mark
  })
  const asked = { selection, choice: 'own' as const, seen, formKey: newToken(), message: null }
  const queue = await timed(async () => {
    const request = { ...asked, leftOut: { groups: [], contactIds: [] } }
    const done = await invite(db, { config }, staff, request, now())
    if (!done.ok) refuse(done.error.kind)
  })
  await db.destroy()
  return { plan, queue }
}
