import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'
import { openSession, type ReadAlong, type SessionRow } from '../sessions/rows.ts'
import { officeWith, type Office } from '../settings/office.ts'
import { PORTAL_SETTINGS, portalSettingsIn } from '../settings/portal-settings.ts'
import { PORTAL_USERS_OF_SESSIONS, portalUserRead } from './sign-in.ts'

/** What every page of a customer needs, as it is when its request comes. */
export interface PortalAlong {
  /** Whose session it is, whatever version of their sessions that is of; null for those who may not sign in. */
  person: PortalUser | null
  office: Office
}

const ALONG: ReadAlong = {
  columns: [...PORTAL_USERS_OF_SESSIONS.columns, `${PORTAL_SETTINGS} as portals`],
  joins: PORTAL_USERS_OF_SESSIONS.joins,
}

type Row = Parameters<typeof portalUserRead>[0] & { portals: string | null }

/** A session of the customers' pages with all that every page needs, in one statement; null for one that has ended. */
export async function openPortalSession(
  db: Db,
  config: Pick<Config, 'officeName' | 'timeZone'>,
  sidHash: string,
  now: number,
): Promise<(SessionRow & { along: PortalAlong }) | null> {
  const session = await openSession(db, 'portal', sidHash, now, ALONG)
  if (!session) return null
  const row = session.along as Row
  return {
    ...session,
    along: { person: portalUserRead(row), office: officeWith(portalSettingsIn(row.portals), config) },
  }
}
