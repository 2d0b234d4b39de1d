import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser, Staff } from '../actors.ts'
import { putInOutbox } from '../mail/outbox.ts'
import { secondFactorMessage, type FactorChange } from '../mail/second-factor-messages.ts'
import { officeNow } from '../settings/office.ts'

type Reader = Pick<Staff | PortalUser, 'kind' | 'id' | 'name' | 'email'>

/**
 * Puts the notice of what became of somebody's second factor in the outbox, for those who have an address. `by` did it
 * to them.
 */
export async function tellOfFactor(
  trx: Db,
  { config }: { config: Config },
  { kind, id, name, email }: Reader,
  { did, by = null }: { did: FactorChange; by?: Staff | null },
  now: number,
): Promise<void> {
  if (email === null) return
  const office = await officeNow(trx, config)
  const ofStaff = kind === 'staff'
  const message = secondFactorMessage({
    ...office,
    did,
    name,
    place: ofStaff ? 'Portico' : `the ${office.officeName} client portal`,
    tell: ofStaff ? (by?.name ?? 'an administrator of your office') : office.officeName,
    changedAt: now,
    base: `${config.baseUrl}/${ofStaff ? 'staff' : 'portal'}`,
  })
  await putInOutbox(trx, { config }, [{ to: { name, email }, message, ...(!ofStaff && { portalUserId: id }) }], now)
}
