import { createServer, type Server } from 'node:http'
import { createApp } from './app.ts'
import type { Worker } from './core/jobs/worker.ts'
import { startWork, type Started } from './start.ts'

export interface Serving {
  /** Stops taking requests, lets those under way and the job at work end, and closes the database. */
  stop(): Promise<void>
}

/** Serves the pages, and does background work too unless that runs in a process of its own. */
export async function serve(started: Started): Promise<Serving> {
  const { config, db } = started
  const worker: Worker | null = config.runWorker ? startWork(started) : null
  const app = createApp({ ...started, wakeWorker: () => worker?.wake() })
  const server = createServer({ headersTimeout: 20_000, requestTimeout: 300_000 }, app)
  server.maxConnections = 2000
  await listening(server, config.port, config.host)
  return {
    async stop() {
      await closed(server)
      await worker?.stop()
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

function closed(server: Server): Promise<void> {
  return new Promise(resolve => {
    server.close(() => resolve())
    server.closeIdleConnections()
    setTimeout(() => server.closeAllConnections(), 20_000).unref()
  })
}
