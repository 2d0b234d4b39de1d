import { randomUUID } from 'node:crypto'
import type { Request, RequestHandler, Response } from 'express'
import { pathWithoutTokens } from './core/secrets.ts'
import type { Deps } from './web/shared/deps.ts'

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Request {
      /** As in the lines of the log. */
      id: string
    }
  }
}

/**
 * Gives each request its number, and writes a line for each when it is over, but for those that nobody asks himself.
 */
export function requestLog({ log }: Deps): RequestHandler {
  return (req, res, next) => {
    req.id = randomUUID()
    if (log.isLevelEnabled('info') && !/^\/(health|ready|metrics|assets)/.test(req.url)) {
      const begin = Date.now()
      res.once('close', () => log.info(lineOf(req, res, begin), wordsOf(res)))
    }
    next()
  }
}

function lineOf(req: Request, res: Response, begin: number) {
  const { id, method } = req
  return {
    reqId: id, // as the line of an error has it
    req: { id, method, path: pathWithoutTokens(req.originalUrl) },
    res: { statusCode: res.statusCode },
    responseTime: Date.now() - begin,
  }
}

function wordsOf(res: Response): string {
  if (!res.writableFinished) return 'request aborted'
  return res.statusCode >= 500 ? 'request errored' : 'request completed'
}
