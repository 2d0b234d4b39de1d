import { together } from '../../db/asked.ts'
import type { Db } from '../../db/index.ts'
import type { PortalUser } from '../actors.ts'
import { ownProductsQuestion, type OwnProduct } from '../products/own-products.ts'
import { ownPortalFrom, ownPortalsQuestion, type OwnPortal, type OwnPortalRow } from './own-portals.ts'

/** All that somebody has with us now. */
export interface OwnHome {
  /** As `portalsOf`. */
  portals: OwnPortal[]
  products: OwnProduct[]
  /** When this person had signed in before they did so the last time; null when that was the first time. */
  visitBefore: number | null
}

export async function ownHome(db: Db, user: PortalUser, now: number): Promise<OwnHome> {
  const { portals, products, visits } = await together<{
    portals: OwnPortalRow
    products: OwnProduct
    visits: { before: number | null }
  }>(db, {
    portals: ownPortalsQuestion(db, user, now),
    products: ownProductsQuestion(db, user),
    visits: {
      query: db('portal_users').where({ id: user.id }).select('previous_login_at as before'),
      columns: ['before'],
    },
  })
  return { portals: portals.map(ownPortalFrom), products, visitBefore: visits[0]?.before ?? null }
}
