import { ownProduct } from '../../core/products/own-products.ts'
import { notFound } from '../shared/errors.ts'
import { readId } from '../shared/forms.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'

/** A product of one's own. One that is archived or somebody else's is not there. */
export function productPages({ pages, deps }: PortalPages): void {
  pages.get('/products/:id', async (req, res) => {
    const product = await ownProduct(deps.db, portalUserOf(req), readId(req.params.id) ?? 0)
    if (!product) throw notFound()
    const crumbs = [['Your portals', '/portal/home']]
    res.page('portal/product', { title: product.name, nav: 'home', crumbs, product })
  })
}
