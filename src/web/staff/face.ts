import type { Router } from 'express'
import type { Deps } from '../shared/deps.ts'
import type { FormTokens } from '../shared/csrf.ts'

/** What a file of staff pages is given to hang its pages on. */
export interface StaffPages {
  pages: Router
  deps: Deps
  tokens: FormTokens
}
