import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { ok, refused, type Result } from '../result.ts'
import { portalSettings } from '../settings/portal-settings.ts'
import { renewSignInDetails, type DetailsMail } from './details-mail.ts'
import { portalUserRow } from './one.ts'
import type { PasswordDeps } from './own-password.ts'
import { newTemporaryPassword } from './temporary-password.ts'

/** Where the new details go, what becomes of the mail, and whether it has a link instead of a temporary password. */
export interface ResentDetails {
  email: string
  mail: DetailsMail
  byLink: boolean
}

/**
 * Makes a new temporary password, or a new link to choose one when the office has decided so, and writes a new mail with the
 * sign-in details; earlier such mails that have not left are given up, open sessions and links end, and the password there
 * was stops working. Staff never see the new one. Refused for
 * somebody without an address or disabled, and with 'changed-meanwhile' when something changed since `version` was shown: the
 * second press of the same form.
 */
export async function resendSignInDetails(
  db: Db,
  deps: PasswordDeps,
  staff: Staff,
  { id, version }: { id: number; version: number },
  now: number,
): Promise<Result<ResentDetails, 'not-found' | 'no-email' | 'disabled' | 'changed-meanwhile'>> {
  const password = newTemporaryPassword()
  const hash = await deps.passwords.hash(password)
  return db.transaction(async trx => {
    const user = await portalUserRow(trx, id)
    if (!user) return refused('not-found')
    if (user.status === 'disabled') return refused('disabled')
    const { email } = user
    if (email === null) return refused('no-email')
    const claimed = await trx('portal_users')
      .where({ id, version })
      .whereNull('deleted_at')
      .update({ version: version + 1 })
    if (claimed === 0) return refused('changed-meanwhile')
    const byLink = (await portalSettings(trx)).credentials === 'link'
    const mail = await renewSignInDetails(trx, deps, { ...user, email }, byLink ? null : { password, hash }, now)
    await record(trx, staff, 'portal-user.details-resent', { type: 'portal_user', id }, { mail }, now)
    return ok({ email, mail, byLink })
  })
}
