import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { ok, refused, type Result } from '../result.ts'
import { changeSetting, setting, settingColumn, settingIn, settingToChange } from '../settings/values.ts'
import { askToSend, type OutboxDeps } from './outbox.ts'

const KEY = 'mail-paused'

/** Since when (ms) no mail leaves, because this is a restored copy and nobody has looked yet; null when mail leaves. */
export async function mailPausedSince(db: Db): Promise<number | null> {
  return (await setting(db, KEY)) as number | null
}

/** The same as a column of a statement in text, for `mailPausedSinceIn`. */
export const MAIL_PAUSED = settingColumn(KEY)

export function mailPausedSinceIn(column: string | null): number | null {
  return settingIn(column) as number | null
}

/** Holds back every mail that waits, and those to come, until somebody lets them go. */
export function pauseMail(db: Db, now: number): Promise<void> {
  return changeSetting(db, KEY, now)
}

/** Lets mail go out again. Refused with 'not-paused' when it does already, as after a second press. */
export function resumeMail(db: Db, deps: OutboxDeps, staff: Staff, now: number): Promise<Result<null, 'not-paused'>> {
  return db.transaction(async trx => {
    if ((await settingToChange(trx, KEY)) === null) return refused('not-paused')
    await changeSetting(trx, KEY, null)
    await record(trx, staff, 'mail.resumed', null, {}, now)
    await askToSend(trx, deps, now)
    return ok(null)
  })
}
