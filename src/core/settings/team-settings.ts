import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { changeSetting, setting, settingColumn, settingIn, settingToChange } from './values.ts'

/** What the office has decided for its own people. */
export interface TeamSettings {
  /** An administrator without a second factor is led to setting one up, and can do nothing else. */
  adminsNeedSecondFactor: boolean
}

const KEY = 'team'
const DEFAULTS: TeamSettings = { adminsNeedSecondFactor: false }

export async function teamSettings(db: Db): Promise<TeamSettings> {
  return withDefaults(await setting(db, KEY))
}

/** They as a column of a statement in text, for `teamSettingsIn`. */
export const TEAM_SETTINGS = settingColumn(KEY)

export function teamSettingsIn(column: string | null): TeamSettings {
  return withDefaults(settingIn(column))
}

/** Changing nothing leaves no line in the log. */
export function changeTeamSettings(db: Db, staff: Staff, after: TeamSettings, now: number): Promise<void> {
  return db.transaction(async trx => {
    const before = withDefaults(await settingToChange(trx, KEY))
    if (before.adminsNeedSecondFactor === after.adminsNeedSecondFactor) return
    await changeSetting(trx, KEY, after)
    const data = { adminsNeedSecondFactor: { from: before.adminsNeedSecondFactor, to: after.adminsNeedSecondFactor } }
    await record(trx, staff, 'team-settings.changed', null, data, now)
  })
}

function withDefaults(stored: unknown): TeamSettings {
  return { ...DEFAULTS, ...(stored as Partial<TeamSettings> | null) }
}
