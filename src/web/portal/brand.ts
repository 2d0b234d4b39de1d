import type { Response } from 'express'
import { brandStyle } from '../../core/settings/brand.ts'
import { keptLogo } from '../../core/settings/logo.ts'
import { officeNow } from '../../core/settings/office.ts'
import { notFound } from '../shared/errors.ts'
import type { PortalPages } from './face.ts'

const A_YEAR = 31_536_000

/** Colour and logo of the office, for anybody: no session is read, and none goes with what browsers keep. */
export function brandPages({ pages, deps }: PortalPages): void {
  const { db, config } = deps

  pages.get('/brand.css', async (req, res) => {
    const { colour, style } = await officeNow(db, config)
    keep(res, style !== '' && req.query.v === style)
    res.type('css').send(brandStyle(colour))
  })

  pages.get('/logo', async (req, res) => {
    const logo = await keptLogo(db)
    if (!logo) throw notFound()
    keep(res, req.query.v === logo.version)
    // Opened by itself it is saved, and could do nothing even if a browser took it for a page.
    res.set({
      'Content-Type': logo.type,
      'Content-Disposition': `attachment; filename="logo.${logo.ending}"`,
      'Content-Security-Policy': "sandbox; default-src 'none'",
    })
    res.send(logo.content)
  })
}

/** Kept for a year under the address that names this very version, and not at all under another. */
function keep(res: Response, isThisVersion: boolean): void {
  res.set('Cache-Control', isThisVersion ? `public, max-age=${String(A_YEAR)}, immutable` : 'no-store')
}
