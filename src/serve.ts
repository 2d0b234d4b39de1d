import { createServer, type Server } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { createApp } from './app.ts'
import type { Worker } from './core/jobs/worker.ts'
import { startWork, type Started } from './start.ts'

export interface Serving {
  /**
   * Says at /ready that this process ends, takes no new job, goes on answering for a moment so that a proxy can turn away,
   * lets the requests under way and the job at work end, and closes the database.
   */
  stop(): Promise<void>
}

const LONGEST_REQUEST_MS = 20_000

/** Serves the pages, and does background work too unless that runs in a process of its own. */
export async function serve(started: Started): Promise<Serving> {
  const { config, db } = started
  const worker: Worker | null = config.runWorker ? startWork(started) : null
  const stopping = new AbortController()
  const app = createApp({ ...started, wakeWorker: () => worker?.wake(), stopping: stopping.signal })
  const server = createServer({ headersTimeout: 20_000, requestTimeout: 300_000 }, app)
  server.maxConnections = 2000
  await listening(server, config.port, config.host)
  return {
    async stop() {
      stopping.abort()
      await Promise.all([drained(server, config.drainSeconds * 1000), worker?.stop()])
      await db.destroy()
    },
  }
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
}

/** Answers on for so long, then takes nothing new, and cuts off what is not done 20 seconds after the beginning. */
async function drained(server: Server, ms: number): Promise<void> {
  const end = setTimeout(() => server.closeAllConnections(), LONGEST_REQUEST_MS)
  await wait(ms)
  const idle = setInterval(() => server.closeIdleConnections(), 250)
  await new Promise(resolve => server.close(resolve))
  clearInterval(idle)
  clearTimeout(end)
}
