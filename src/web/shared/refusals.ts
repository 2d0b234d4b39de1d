import type { Request } from 'express'
import type { PortalUser, Staff } from '../../core/actors.ts'
import { recordRefusal, type Refusal } from '../../core/audit/refusals.ts'
import { pathWithoutTokens } from '../../core/secrets.ts'
import type { Deps } from './deps.ts'

const LONGEST_ADDRESS = 200

/** Tells the audit log that this request was refused. When that cannot be written the refusal stands all the same. */
export async function tellRefusal(
  { db, log, now }: Deps,
  req: Request,
  action: Refusal['action'],
  why?: string,
): Promise<void> {
  const data = {
    asked: `${req.method} ${pathWithoutTokens(req.originalUrl).slice(0, LONGEST_ADDRESS)}`,
    ...(why && { why }),
  }
  try {
    await recordRefusal(db, { action, who: whoAsks(req), place: placeOf(req), data }, now())
  } catch (error) {
    log.warn({ err: error, reqId: req.id }, 'a refusal could not be written to the audit log')
  }
}

function whoAsks(req: Request): Refusal['who'] {
  const person = req.user as Staff | PortalUser | undefined
  return person ?? { kind: 'visitor', ip: req.ip ?? null }
}

/** "POST /staff/contacts/:id": the page as the router knows it, or nothing where no page was reached. */
function placeOf(req: Request): string {
  const route = req.route as { path: unknown } | undefined
  return route ? `${req.method} ${req.baseUrl}${String(route.path)}` : ''
}
