import type { Request } from 'express'
import { derivedKey, sealed, unsealed } from '../../core/secrets.ts'
import type { Deps } from './deps.ts'
import { saved } from './session.ts'

declare module 'express-session' {
  interface SessionData {
    recoveryCodes?: { sealed: string; until: number }
  }
}

const SHOWN_MS = 600_000

/** Keeps new recovery codes for showing: until the person says that they have them, and ten minutes at most. */
export async function showRecoveryCodes({ config, now }: Deps, req: Request, codes: string[]): Promise<void> {
  const text = sealed(key(config.appSecret), codes.join(' '))
  req.session.recoveryCodes = { sealed: text, until: now() + SHOWN_MS }
  await saved(req)
}

/** The codes that are still to be shown, or []. */
export function shownRecoveryCodes({ config, now }: Deps, req: Request): string[] {
  const kept = req.session.recoveryCodes
  return kept && kept.until > now() ? unsealed(key(config.appSecret), kept.sealed).split(' ') : []
}

function key(appSecret: string): Buffer {
  return derivedKey(appSecret, 'recovery codes shown')
}
