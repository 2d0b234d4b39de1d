import type { Request } from 'express'
import type { Principal } from './session.ts'
import { saved } from './session.ts'

/** Somebody whose password was right and whose code is still to come. Nobody is signed in by that. */
export interface SecondStep extends Principal {
  until: number
  /** Where to go then; '' for the first page. */
  next: string
}

declare module 'express-session' {
  interface SessionData {
    secondStep?: SecondStep
  }
}

const STEP_MS = 300_000

/** Begins the second step under a new session id: five minutes to enter a code. */
export async function beginSecondStep(
  req: Request,
  person: Principal,
  next: string | null,
  now: number,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    req.session.regenerate(error => (error ? reject(error as Error) : resolve()))
  })
  const { id, sessionVersion } = person
  req.session.secondStep = { id, sessionVersion, until: now + STEP_MS, next: next ?? '' }
  await saved(req)
}

/** The second step this browser is at, if it is not over. */
export function secondStepOf(req: Request, now: number): SecondStep | null {
  const step = req.session.secondStep
  return step && step.until > now ? step : null
}
