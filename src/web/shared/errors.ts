import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import { TooBusy } from '../../core/passwords.ts'
import { isAway, isBusy } from '../../core/result.ts'
import type { Deps } from './deps.ts'
import { tellRefusal } from './refusals.ts'

/** An answer other than the page asked for: a status, a heading in words, and what to do next. */
export class PageError extends Error {
  readonly status: number
  readonly advice: string
  readonly retryAfter: number | null

  constructor(status: number, heading: string, advice: string, retryAfter: number | null = null) {
    super(heading)
    this.status = status
    this.advice = advice
    this.retryAfter = retryAfter
  }
}

/** A form that did not come from a page of ours, or no longer does. */
export class FormRefused extends PageError {
  readonly why: 'another site' | 'out of date'

  constructor(heading: string, advice: string, why: FormRefused['why']) {
    super(403, heading, advice)
    this.why = why
  }
}

/** A refusal with a page of its own, which says more than the usual one. */
export class RefusedPage extends PageError {
  readonly view: string
  readonly locals: Record<string, unknown>

  constructor(heading: string, view: string, locals: Record<string, unknown>) {
    super(403, heading, '')
    this.view = view
    this.locals = locals
  }
}

/** The same words whether a thing never was, is gone, or is not yours to see. */
export function notFound(): PageError {
  return new PageError(404, 'Page not found', 'Check the address, or go to the start page and look for it from there.')
}

export const nothingHere: RequestHandler = () => {
  throw notFound()
}

/**
 * The last resort of a face or of the app: every error becomes a page that says what to do, and never a stack. Whoever is
 * refused stands in the audit log before they are told.
 */
export function errorPage(deps: Deps): ErrorRequestHandler {
  return async (error: unknown, req, res, next) => {
    if (res.headersSent) return next(error)
    const shown = asPageError(error)
    if (shown instanceof FormRefused) await tellRefusal(deps, req, 'form.refused', shown.why)
    else if (shown.status === 403) await tellRefusal(deps, req, 'access.refused')
    if (shown.status >= 500) deps.log.error({ err: error, reqId: req.id }, 'a request failed')
    if (shown.retryAfter) res.set('Retry-After', String(shown.retryAfter))
    res.status(shown.status)
    showError(req, res, shown)
  }
}

function showError(req: Request, res: Response, error: PageError): void {
  if (error instanceof RefusedPage) return res.page(error.view, { title: error.message, ...error.locals })
  const reference = error.status >= 500 ? req.id : ''
  res.page('shared/error', { title: error.message, advice: error.advice, reference })
}

/** The disk is broken, or has become one that may only be read. */
const DISK_FAILS = /^(EIO|EROFS|EACCES|EPERM|EFBIG|ENOTDIR|SQLITE_(IOERR|READONLY|CANTOPEN|PERM))/

function asPageError(error: unknown): PageError {
  if (error instanceof PageError) return error
  if (error instanceof TooBusy) return busy('Many people are signing in at this moment.')
  const { status, type, code } = (error ?? {}) as { status?: number; type?: string; code?: string }
  if (isBusy(error)) return busy('The system is busy.')
  if (isAway(error)) return busy('The database cannot be reached at the moment.')
  if (code === 'STORE_AWAY') return busy('The place where documents lie cannot be reached.')
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return new PageError(
      507,
      'There is no room left',
      'The disk is full. Nothing was changed. Ask whoever runs Portico.',
    )
  }
  if (code !== undefined && DISK_FAILS.test(code)) return busy('The disk of Portico takes nothing at the moment.')
  if (status === 413)
    return new PageError(
      413,
      'That was too much at once',
      `Send less at once. Nothing was changed. ${type === 'parameters.too.many' ? 'Tick fewer boxes.' : ''}`,
    )
  if (status !== undefined && status >= 400 && status < 500) {
    return new PageError(
      status,
      'This request is not understood',
      'Go back, reload the page and try again. Nothing was changed.',
    )
  }
  return new PageError(
    500,
    'Sorry, something went wrong',
    'Nothing was lost that had been saved. Try again in a moment.',
  )
}

function busy(why: string): PageError {
  return new PageError(503, 'Please try again in a moment', `${why} Nothing was changed. Try again.`, 5)
}
