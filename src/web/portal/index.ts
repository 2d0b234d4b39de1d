import { Router } from 'express'
import type { Deps } from '../shared/deps.ts'
import { errorPage, nothingHere } from '../shared/errors.ts'

export function portalFace(deps: Deps): Router {
  const pages = Router({ caseSensitive: true })
  pages.use(nothingHere, errorPage(deps))
  return pages
}
