import { once } from 'node:events'
import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a proxy in front of Portico does: asks one process, and another one where the first is gone. */
export interface Proxy {
  base: string
  /** How often each status was answered by Portico itself. */
  statuses: Map<number, number>
  /** Answers that no process should give: 5xx, but for a 503 that says when to come again. */
  bad: string[]
  stop(): Promise<void>
}

export async function aProxy(ports: number[]): Promise<Proxy> {
  const statuses = new Map<number, number>()
  const bad: string[] = []
  let turn = 0
  const server = createServer((req, res) => {
    turn += 1
    void bodyOf(req).then(body => {
      pass(req, body, res, inTurn(ports, turn))
    })
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')

  /**
   * A request that may have been carried out is not sent twice: only one that never arrived, or one that only reads.
   */
  function pass(req: IncomingMessage, body: Buffer, res: ServerResponse, [port, ...others]: number[]): void {
    if (port === undefined) return void res.writeHead(502).end()
    const asked = request({
      port,
      host: 'localhost',
      method: req.method,
      path: req.url,
      headers: req.headers,
      agent: false,
    })
    asked.on('response', answer => {
      note(req, answer)
      res.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(res)
      answer.on('error', () => res.destroy())
    })
    asked.on('error', (error: NodeJS.ErrnoException) => {
      if (res.headersSent) return void res.destroy()
      pass(req, body, res, error.code === 'ECONNREFUSED' || req.method === 'GET' ? others : [])
    })
    asked.end(body)
  }

  function note(req: IncomingMessage, { statusCode = 0, headers }: IncomingMessage): void {
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1)
    const isTold = statusCode === 503 && headers['retry-after'] !== undefined
    if (statusCode >= 500 && !isTold) bad.push(`${req.method ?? ''} ${req.url ?? ''}: ${String(statusCode)}`)
  }

  return {
    base: `http://localhost:${String((server.address() as AddressInfo).port)}`,
    statuses,
    bad,
    async stop() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
    },
  }
}

function inTurn(ports: number[], turn: number): number[] {
  return ports.map((_, index) => ports[(index + turn) % ports.length] ?? 0)
}

async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of req) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
