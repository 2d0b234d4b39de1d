import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { MAIL_PAUSED, mailPausedSinceIn } from '../mail/pause.ts'
import { unreadColumn } from '../notifications/bell.ts'
import { openSession, type ReadAlong, type SessionRow } from '../sessions/rows.ts'
import { officeWith, type Office } from '../settings/office.ts'
import { PORTAL_SETTINGS, portalSettingsIn } from '../settings/portal-settings.ts'
import { TEAM_SETTINGS, teamSettingsIn, type TeamSettings } from '../settings/team-settings.ts'
import { STAFF_OF_SESSIONS, staffRead } from './accounts.ts'

/** What every page of the office needs, as it is when its request comes. */
export interface StaffAlong {
  /** Whose session it is, whatever version of their sessions that is of; null for those who may not sign in. */
  person: Staff | null
  office: Office
  team: TeamSettings
  /** As `unreadCount`. */
  unread: number
  mailPausedSince: number | null
}

const ALONG: ReadAlong = {
  columns: [
    ...STAFF_OF_SESSIONS.columns,
    `${PORTAL_SETTINGS} as portals`,
    `${TEAM_SETTINGS} as team`,
    `${MAIL_PAUSED} as paused`,
    `${unreadColumn('staff_users.id')} as unread`,
  ],
  joins: STAFF_OF_SESSIONS.joins,
}

type Row = Parameters<typeof staffRead>[0] & {
  portals: string | null
  team: string | null
  paused: string | null
  unread: number
}

/** A session of the staff pages with all that every page needs, in one statement; null for one that has ended. */
export async function openStaffSession(
  db: Db,
  config: Pick<Config, 'officeName' | 'timeZone'>,
  sidHash: string,
  now: number,
): Promise<(SessionRow & { along: StaffAlong }) | null> {
  const session = await openSession(db, 'staff', sidHash, now, ALONG)
  if (!session) return null
  const row = session.along as Row
  const { portals, team, paused, unread } = row
  const along: StaffAlong = {
    person: staffRead(row),
    office: officeWith(portalSettingsIn(portals), config),
    team: teamSettingsIn(team),
    unread,
    mailPausedSince: mailPausedSinceIn(paused),
  }
  return { ...session, along }
}
