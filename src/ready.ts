import type { RequestHandler } from 'express'
import { within } from './core/patience.ts'
import { placesHealth, workHealth, type Health, type WorkHealth } from './core/operations/health.ts'
import type { Deps } from './web/shared/deps.ts'

const LONGEST_ANSWER_MS = 5000
const KEPT_MS = 2000

interface Readiness extends Partial<Health> {
  ready: boolean
  process: 'serving' | 'ending'
  database?: 'ok' | 'silent'
}

/**
 * Whether this process can serve, and how the whole of Portico is. 503 only when it cannot: when it is about to end, or the
 * database does not answer. The rest is for those who watch. Whoever asks often is given the same answer for two seconds.
 */
export function readiness(deps: Deps): RequestHandler {
  let kept: { at: number; answer: Promise<Readiness> } | null = null
  return async (_req, res) => {
    if (deps.stopping?.aborted)
      return void res.status(503).json({ ready: false, process: 'ending' } satisfies Readiness)
    if (!kept || deps.now() - kept.at > KEPT_MS) kept = { at: deps.now(), answer: readinessNow(deps) }
    const answer = await kept.answer
    res.status(answer.ready ? 200 : 503).json(answer)
  }
}

async function readinessNow(deps: Deps): Promise<Readiness> {
  const [work, places] = await Promise.all([workNow(deps), placesHealth(deps.config)])
  if (!work) return { ready: false, process: 'serving', database: 'silent' }
  return { ready: true, process: 'serving', database: 'ok', ...work, ...places }
}

async function workNow(deps: Deps): Promise<WorkHealth | null> {
  const asked = workHealth(deps.db, deps.config, deps.now()).catch((error: unknown) => {
    deps.log.warn({ err: error }, 'the database does not answer')
    return null
  })
  return within(LONGEST_ANSWER_MS, asked, () => null)
}
