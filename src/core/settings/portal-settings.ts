import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { changeSetting, setting, settingColumn, settingIn, settingToChange } from './values.ts'

/** What the office has decided for all of its portals. */
export interface PortalSettings {
  /** "Clients can invite others to portal": while it is off nobody can, whatever their own permission says. */
  clientsCanInvite: boolean
  /** With which address somebody may register: any, as invitations may be handed on, or only the invited one. */
  registrationEmail: 'any' | 'invited_only'
  /** What the mail to a new portal user carries: a temporary password, or a link to choose one. */
  credentials: 'password' | 'link'
  /** Whether portal users may set up a second factor, or must. While it is off, those who have one keep it. */
  secondFactor: 'off' | 'offered' | 'required'
  /** What the portal is called; '' for a name made from that of the office. */
  portalName: string
  /** The zone of every date shown, as in "Europe/London"; '' for that of the environment. */
  timeZone: string
  /** The colour of links and buttons in the customers' pages, as in "#12545a"; '' for ours. */
  colour: string
  /** Which logo there is; '' for none. */
  logo: string
}

const KEY = 'portals'
const DEFAULTS: PortalSettings = {
  clientsCanInvite: true,
  registrationEmail: 'any',
  credentials: 'password',
  secondFactor: 'offered',
  portalName: '',
  timeZone: '',
  colour: '',
  logo: '',
}

export async function portalSettings(db: Db): Promise<PortalSettings> {
  return withDefaults(await setting(db, KEY))
}

/** They as a column of a statement in text, for `portalSettingsIn`. */
export const PORTAL_SETTINGS = settingColumn(KEY)

export function portalSettingsIn(column: string | null): PortalSettings {
  return withDefaults(settingIn(column))
}

/**
 * Changes what is given and leaves the rest, also what somebody else changes at the same moment. Changing nothing leaves no
 * line in the log.
 */
export function changePortalSettings(
  db: Db,
  staff: Staff,
  wanted: Partial<PortalSettings>,
  now: number,
): Promise<PortalSettings> {
  return db.transaction(trx => writePortalSettings(trx, staff, wanted, now))
}

/** As `changePortalSettings`, inside the transaction of the caller. */
export async function writePortalSettings(
  trx: Db,
  staff: Staff,
  wanted: Partial<PortalSettings>,
  now: number,
): Promise<PortalSettings> {
  const before = withDefaults(await settingToChange(trx, KEY))
  const after = { ...before, ...wanted }
  const changed = (Object.keys(after) as (keyof PortalSettings)[]).filter(key => after[key] !== before[key])
  if (changed.length === 0) return before
  await changeSetting(trx, KEY, after)
  const data = Object.fromEntries(changed.map(key => [key, { from: before[key], to: after[key] }]))
  await record(trx, staff, 'portal-settings.changed', null, data, now)
  return after
}

function withDefaults(stored: unknown): PortalSettings {
  return { ...DEFAULTS, ...(stored as Partial<PortalSettings> | null) }
}
