import express, { type Express, type RequestHandler } from 'express'
import helmet from 'helmet'
import path from 'node:path'
import { plainOffice } from './core/settings/office.ts'
import { metrics } from './metrics.ts'
import { readiness } from './ready.ts'
import { requestLog } from './request-log.ts'
import { projectRoot } from './root.ts'
import { refuseCrossSite } from './web/shared/csrf.ts'
import type { Deps } from './web/shared/deps.ts'
import { errorPage, nothingHere } from './web/shared/errors.ts'
import { drawPages } from './web/shared/page.ts'
import { isHttps } from './web/shared/session.ts'
import { urlOf } from './web/shared/url.ts'
import { portalFace } from './web/portal/index.ts'
import { staffFace } from './web/staff/index.ts'

/** The whole application over the given database, clock and settings; nothing in it reads the environment. */
export function createApp(deps: Deps): Express {
  const app = express()
  app.set('trust proxy', deps.config.trustProxy)
  app.set('case sensitive routing', true)
  app.disable('x-powered-by')
  app.disable('etag')
  const figures = metrics(deps)
  app.use(requestLog(deps), figures.count, lastAnswers(deps))
  app.get('/health', (_req, res) => void res.type('text').send('ok\n'))
  app.get('/ready', readiness(deps))
  app.get('/metrics', figures.page)
  app.use(ownHostOnly(deps), knownMethodsOnly, securityHeaders(deps))
  app.use('/assets', express.static(path.join(projectRoot, 'public'), { maxAge: '1h', index: false, redirect: false }))
  app.use(
    drawPages(deps, {
      layout: 'shared/layout',
      office: () => plainOffice(deps.config),
      titleEnd: () => ' – Portico',
      home: '/',
      token: () => '',
    }),
  )
  app.use(refuseCrossSite(deps))
  app.get('/', (_req, res) => res.redirect(303, '/portal'))
  app.get('/accessibility', (_req, res) => res.page('shared/accessibility', { title: 'Accessibility statement' }))
  app.use('/staff', staffFace(deps))
  app.use('/portal', portalFace(deps))
  app.use(nothingHere, errorPage(deps))
  return app
}

/**
 * Once this process is to end, each answer is the last one of its connection: the next request finds another process.
 */
function lastAnswers({ stopping }: Deps): RequestHandler {
  return (_req, res, next) => {
    if (stopping?.aborted) res.set('Connection', 'close')
    next()
  }
}

/** Addresses in mails and cookies are made for one host; a request under another name is a mistake or an attack. */
function ownHostOnly(deps: Deps): RequestHandler {
  const own = new URL(deps.config.baseUrl)
  const local = /^(localhost|127\.0\.0\.1|\[::1\])$/
  return (req, res, next) => {
    const given = urlOf(`http://${req.headers.host ?? ''}`)
    if (given?.hostname === own.hostname || (given && local.test(own.hostname) && local.test(given.hostname)))
      return next()
    res.status(421).type('text').send(`This address is served at ${deps.config.baseUrl}\n`)
  }
}

const knownMethodsOnly: RequestHandler = (req, res, next) => {
  if (['GET', 'HEAD', 'POST'].includes(req.method)) return next()
  res.set('Allow', 'GET, HEAD, POST').status(405).type('text').send('This method is not used here.\n')
}

function securityHeaders(deps: Deps): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
      },
    },
    // With no-referrer Chromium sends `Origin: null` on our own forms, and the cross-site check would refuse them.
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: isHttps(deps) && { maxAge: 31_536_000, includeSubDomains: true },
    xFrameOptions: { action: 'deny' },
  }) as RequestHandler
}
