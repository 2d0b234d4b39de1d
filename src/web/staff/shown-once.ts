import type { Request } from 'express'
import { derivedKey, sealed, unsealed } from '../../core/secrets.ts'
import type { Deps } from '../shared/deps.ts'

declare module 'express-session' {
  interface SessionData {
    shownOnce?: { name: string; sealed: string }
  }
}

/** Keeps a secret for the next page, sealed, as sessions are rows of a table. Store the session afterwards. */
export function keepShownOnce({ config }: Deps, req: Request, name: string, secret: string): void {
  req.session.shownOnce = { name, sealed: sealed(key(config.appSecret), secret) }
}

/** The secret that was kept under this name, and from now on nobody's; or ''. */
export function takeShownOnce({ config }: Deps, req: Request, name: string): string {
  const kept = req.session.shownOnce
  delete req.session.shownOnce
  return kept?.name === name ? unsealed(key(config.appSecret), kept.sealed) : ''
}

function key(appSecret: string): Buffer {
  return derivedKey(appSecret, 'shown once')
}
