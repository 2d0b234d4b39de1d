import type { Router } from 'express'
import type { Deps } from '../shared/deps.ts'

/** What a file of portal pages is given to hang its pages on. */
export interface PortalPages {
  pages: Router
  deps: Deps
}
