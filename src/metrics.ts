import type { Request, RequestHandler } from 'express'
import { timingSafeEqual } from 'node:crypto'
import type { Registry } from 'prom-client'
import { oldestDueMail } from './core/mail/waiting.ts'
import { jobFigures, mailFigures, oldestDueJob } from './core/operations/health.ts'
import { tokenHash } from './core/secrets.ts'
import type { Deps } from './web/shared/deps.ts'

type Prometheus = typeof import('prom-client')

interface Pool {
  numUsed(): number
  numFree(): number
  numPendingAcquires(): number
}

/**
 * The figures of this process and of the queues of all of them, and what counts requests. Loaded only where it is asked
 * for.
 */
export interface Metrics {
  /** Answers /metrics to whoever has the token; nobody else learns that there is such a page while none is set. */
  page: RequestHandler
  /** Counts each request by the pattern of its address, never by the address. */
  count: RequestHandler
}

export function metrics(deps: Deps): Metrics {
  const token = deps.config.metricsToken
  if (token === null) return { page: (_req, res) => void res.sendStatus(404), count: (_req, _res, next) => next() }
  const made = counters(deps)
  return {
    async page(req, res) {
      if (!isToken(req, token)) return void res.status(401).set('WWW-Authenticate', 'Bearer').end()
      const { registry } = await made
      const text = await registry.metrics()
      res.set({ 'Content-Type': registry.contentType, 'Cache-Control': 'no-store' }).send(text)
    },
    count(req, res, next) {
      const begin = process.hrtime.bigint()
      res.once('close', () => {
        const seconds = Number(process.hrtime.bigint() - begin) / 1e9
        const labels = { method: req.method, route: patternOf(req), status: String(res.statusCode) }
        void made.then(({ requests }) => requests.observe(labels, seconds))
      })
      next()
    },
  }
}

function isToken(req: Request, token: string): boolean {
  const [, given = ''] = /^Bearer (.+)$/.exec(req.get('authorization') ?? '') ?? []
  return timingSafeEqual(Buffer.from(tokenHash(given)), Buffer.from(tokenHash(token)))
}

function patternOf(req: Request): string {
  const { route } = req as { route?: { path: unknown } }
  return route ? `${req.baseUrl}${String(route.path)}` : req.baseUrl || 'none'
}

async function counters(deps: Deps) {
  const prometheus = await import('prom-client')
  const registry = new prometheus.Registry()
  prometheus.collectDefaultMetrics({ register: registry })
  const requests = new prometheus.Histogram({
    name: 'portico_request_seconds',
    help: 'How long requests took, by the pattern of their address',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    registers: [registry],
  })
  for (const add of [addQueues, addAges, addConnections]) add(prometheus, [registry], deps)
  return { registry, requests }
}

/** What lies in the database is the same in every process: ask one of them, or take the highest. */
function addQueues({ Gauge }: Prometheus, registers: Registry[], deps: Deps): void {
  void new Gauge({
    name: 'portico_jobs',
    help: 'Background jobs by kind and state; those done for a week',
    labelNames: ['kind', 'state'],
    registers,
    async collect() {
      const figures = await jobFigures(deps.db)
      this.reset()
      for (const { kind, state, jobs } of figures) this.set({ kind, state }, jobs)
    },
  })
  void new Gauge({
    name: 'portico_emails',
    help: 'Emails in the outbox by status',
    labelNames: ['status'],
    registers,
    async collect() {
      const figures = await mailFigures(deps.db)
      this.reset()
      for (const { status, emails } of figures) this.set({ status }, emails)
    },
  })
}

function addAges({ Gauge }: Prometheus, registers: Registry[], deps: Deps): void {
  const age = (moment: number | null): number => (moment === null ? 0 : (deps.now() - moment) / 1000)
  void new Gauge({
    name: 'portico_oldest_job_seconds',
    help: 'For how long the oldest due job has waited',
    registers,
    async collect() {
      this.set(age(await oldestDueJob(deps.db, deps.now())))
    },
  })
  void new Gauge({
    name: 'portico_oldest_email_seconds',
    help: 'For how long the oldest due email has waited',
    registers,
    async collect() {
      this.set(age(await oldestDueMail(deps.db, deps.now())))
    },
  })
}

function addConnections({ Gauge }: Prometheus, registers: Registry[], deps: Deps): void {
  void new Gauge({
    name: 'portico_database_connections',
    help: 'Connections of this process to its database, and who waits for one',
    labelNames: ['state'],
    registers,
    collect() {
      const { pool } = deps.db.client as { pool: Pool }
      this.set({ state: 'used' }, pool.numUsed())
      this.set({ state: 'free' }, pool.numFree())
      this.set({ state: 'awaited' }, pool.numPendingAcquires())
    },
  })
}
