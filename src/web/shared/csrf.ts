import cookieParser from 'cookie-parser'
import { doubleCsrf } from 'csrf-csrf'
import type { Request, RequestHandler, Response, Router } from 'express'
import { derivedKey } from '../../core/secrets.ts'
import type { Realm } from '../../core/sessions/rows.ts'
import type { Deps } from './deps.ts'
import { FormRefused, PageError } from './errors.ts'
import { cookieName, isHttps } from './session.ts'

const OUT_OF_DATE = 'This form is out of date. Go back, reload and try again. Nothing was changed.'
const SAFE = ['GET', 'HEAD', 'OPTIONS']

/**
 * Refuses what another site sends in somebody's name, before a byte of the body is read: by Sec-Fetch-Site, else by
 * Origin. Browsers too old for both (and text browsers) still need the token of the form.
 */
export function refuseCrossSite(deps: Deps): RequestHandler {
  return (req, _res, next) => {
    if (SAFE.includes(req.method)) return next()
    const site = req.get('sec-fetch-site')
    const origin = req.get('origin')
    const foreign = site
      ? !['same-origin', 'none'].includes(site)
      : origin !== undefined && origin !== deps.config.baseUrl
    if (foreign) throw new FormRefused('This form was sent from another site', OUT_OF_DATE, 'another site')
    next()
  }
}

export interface FormTokens {
  /** The token for the forms of this page. */
  token: (req: Request, res: Response) => string
  /**
   * Throws unless the form carries the token of this browser and session. Uploads call it once their fields are read.
   */
  check: (req: Request) => void
}

export interface FormPlaces {
  /** Forms that send a file: their token is checked by the upload itself. */
  uploads: (string | RegExp)[]
  /** The forms that strangers may send. */
  doors: RegExp
}

/**
 * Form tokens of one face. Whoever sends a form after their session has ended is led to the door rather than refused, and
 * whoever signs in twice is inside already.
 */
export function useFormTokens(router: Router, deps: Deps, realm: Realm, { uploads, doors }: FormPlaces): FormTokens {
  const secret = derivedKey(deps.config.appSecret, `form token ${realm}`).toString('base64url')
  const { generateCsrfToken, validateRequest } = doubleCsrf({
    getSecret: () => secret,
    getSessionIdentifier: req => (req.user ? req.sessionID : 'nobody'),
    cookieName: cookieName(deps, `${realm}_form`),
    cookieOptions: { httpOnly: true, sameSite: 'lax', secure: isHttps(deps), path: '/' },
    getCsrfTokenFromRequest: req => field((req.body as Record<string, unknown>)._csrf),
  })
  const check = (req: Request): void => {
    if (!validateRequest(req)) throw new FormRefused('This form is out of date', OUT_OF_DATE, 'out of date')
  }
  router.use(cookieParser(), (req, res, next) => {
    req.body ??= {}
    if (SAFE.includes(req.method)) return next()
    if (req.is('multipart/form-data') && uploads.some(form => isAt(form, req.path))) return next()
    if (hasBody(req) && !req.is('application/x-www-form-urlencoded')) {
      throw new PageError(415, 'This kind of request is not understood', 'Use the form on the page.')
    }
    if (validateRequest(req)) return next()
    if (!req.user && !doors.test(req.path)) return res.redirect(303, `/${realm}/sign-in?again=1`)
    if (req.user && req.path === '/sign-in') return res.redirect(303, `/${realm}`)
    check(req)
  })
  return {
    // One for all forms of a page: a second one would put another cookie in the place of the first.
    token: (req, res) => ((res.locals as { formToken?: string }).formToken ??= generateCsrfToken(req, res)),
    check,
  }
}

function isAt(form: string | RegExp, path: string): boolean {
  return typeof form === 'string' ? form === path : form.test(path)
}

function field(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function hasBody(req: Request): boolean {
  return req.get('content-type') !== undefined
}
