import { addPortals } from '../../../src/core/access/grants.ts'
import { ALL_CONTACTS } from '../../../src/core/contacts/filter.ts'
import { selectMatching } from '../../../src/core/contacts/selection.ts'
import { planInvitations } from '../../../src/core/invitations/plan.ts'
import { newToken } from '../../../src/core/secrets.ts'
import { timed } from '../results/numbers.ts'
import { opened, refuse, type Place } from './place.ts'

/** Gives the first two portals to every contact; the selection and the page before it are not measured. */
export async function grantPortals({ place }: { place: Place }): Promise<number> {
  const { started, staff } = await opened(place)
  const { db, config, now } = started
  const selection = await selectMatching(db, staff, null, ALL_CONTACTS, now())
  const portalIds = [1, 2]
  const { mark: seen } = await planInvitations(db, selection, { by: 'add', portalIds }, now())
  const asked = { selection, portalIds, seen, formKey: newToken(), leftOut: { groups: [], contactIds: [] } }
  const ms = await timed(async () => {
    const done = await addPortals(db, { config }, staff, asked, now())
    if (!done.ok) refuse(done.error.kind)
  })
  await db.destroy()
  return ms
}
