import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import { brandVersion } from './brand.ts'
import { portalSettings, type PortalSettings } from './portal-settings.ts'

export const OFFICE_PORTAL_NAME_LENGTH = 80

/** How the office presents itself to everybody. */
export interface Office {
  officeName: string
  /** What the whole of the customers' pages is called. */
  portalName: string
  /** The zone of every date shown, as in "Europe/London". */
  timeZone: string
  /** Of links and buttons in the customers' pages, as in "#12545a"; '' for ours. */
  colour: string
  /** What the address of the stylesheet of that colour ends in; '' for none. */
  style: string
  /** Which logo stands in the place of the name; '' for none. */
  logo: string
  /** Whether customers may set up a second factor, or must. */
  secondFactor: PortalSettings['secondFactor']
}

/** What this very process knows: with a zone it does not know, no page could be drawn. */
const ZONES = new Set([...Intl.supportedValuesOf('timeZone'), 'UTC'])

type OfficeConfig = Pick<Config, 'officeName' | 'timeZone'>

/**
 * The office as it is now: what an administrator has set, and for the rest what the environment says. One row is read.
 */
export async function officeNow(db: Db, config: OfficeConfig): Promise<Office> {
  return officeWith(await portalSettings(db), config)
}

/** As `officeNow`, of settings that were read before. */
export function officeWith(
  { portalName, timeZone, colour, logo, secondFactor }: PortalSettings,
  config: OfficeConfig,
): Office {
  const plain = plainOffice(config)
  return {
    ...plain,
    portalName: portalName || plain.portalName,
    timeZone: ZONES.has(timeZone) ? timeZone : plain.timeZone,
    colour,
    style: colour && brandVersion(colour),
    logo,
    secondFactor,
  }
}

/** The office before anything was set, known without a database. */
export function plainOffice({ officeName, timeZone }: OfficeConfig): Office {
  const portalName = `${officeName} client portal`
  return { officeName, timeZone, portalName, colour: '', style: '', logo: '', secondFactor: 'offered' }
}

/** Every zone that may be chosen, in order. */
export function timeZones(): string[] {
  return [...ZONES].toSorted()
}
