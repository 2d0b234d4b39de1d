import type { Response } from 'express'
import { brandStyle } from '../../core/settings/brand.ts'
import { officeNow } from '../../core/settings/office.ts'
import type { PortalPages } from './face.ts'

const A_YEAR = 31_536_000

/** The office's own colour, for anybody: no session is read, and none goes with what browsers keep. */
export function brandPages({ pages, deps }: PortalPages): void {
  const { db, config } = deps

  pages.get('/brand.css', async (req, res) => {
    const { colour, style } = await officeNow(db, config)
    keep(res, style !== '' && req.query.v === style)
    res.type('css').send(brandStyle(colour))
  })
}

/** Kept for a year under the address that names this very version, and not at all under another. */
function keep(res: Response, isThisVersion: boolean): void {
  res.set('Cache-Control', isThisVersion ? `public, max-age=${String(A_YEAR)}, immutable` : 'no-store')
}
