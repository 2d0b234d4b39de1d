import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { changeSetting, setting } from './values.ts'

/** What the office has decided for all of its portals. */
export interface PortalSettings {
  /** "Clients can invite others to portal": while it is off nobody can, whatever their own permission says. */
  clientsCanInvite: boolean
  /** With which address somebody may register: any, as invitations may be handed on, or only the invited one. */
  registrationEmail: 'any' | 'invited_only'
  /** What the mail to a new portal user carries: a temporary password, or a link to choose one. */
  credentials: 'password' | 'link'
}

const KEY = 'portals'
const DEFAULTS: PortalSettings = { clientsCanInvite: true, registrationEmail: 'any', credentials: 'password' }

export async function portalSettings(db: Db): Promise<PortalSettings> {
  return { ...DEFAULTS, ...((await setting(db, KEY)) as Partial<PortalSettings> | null) }
}

/** Changes what is given and leaves the rest. Changing nothing leaves no line in the log. */
export function changePortalSettings(
  db: Db,
  staff: Staff,
  wanted: Partial<PortalSettings>,
  now: number,
): Promise<PortalSettings> {
  return db.transaction(async trx => {
    const before = await portalSettings(trx)
    const after = { ...before, ...wanted }
    const changed = (Object.keys(after) as (keyof PortalSettings)[]).filter(key => after[key] !== before[key])
    if (changed.length === 0) return before
    await changeSetting(trx, KEY, after)
    const data = Object.fromEntries(changed.map(key => [key, { from: before[key], to: after[key] }]))
    await record(trx, staff, 'portal-settings.changed', null, data, now)
    return after
  })
}
