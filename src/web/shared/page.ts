import type { Request, RequestHandler, Response } from 'express'
import type { Deps } from './deps.ts'
import type { FieldError } from './forms.ts'
import { saved } from './session.ts'
import { count, datesIn, listOf, number } from './words.ts'

export interface PageLocals {
  /** The h1, in words; the title of the page is made from it. */
  title: string
  /** Instead of the h1 in the browser's tab, where that should say more. */
  tabTitle?: string
  errors?: FieldError[]
  [name: string]: unknown
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace Express {
    interface Response {
      /** Renders a view inside the layout of its face. */
      page(view: string, locals: PageLocals): void
    }
  }
}

export interface Face {
  layout: string
  /** Put behind the title of every page. */
  titleEnd: string
  home: string
  token: (req: Request, res: Response) => string
}

/** Gives responses `page`, which draws a view in the layout of this face. */
export function drawPages(deps: Deps, face: Face): RequestHandler {
  const dates = datesIn(deps.config.timeZone)
  const always = { dates, count, number, listOf, officeName: deps.config.officeName, idleHours: deps.config.idleHours }
  return (req, res, next) => {
    res.page = (view, locals) => {
      const errors = locals.errors ?? []
      let token: string | undefined // one for all forms of a page: each new one would void the last
      const all = {
        ...always,
        me: req.user ?? null,
        here: req.originalUrl,
        home: face.home,
        csrf: () => (token ??= face.token(req, res)),
        flash: takeFlash(req),
        ...locals,
        errors,
        tabTitle: `${errors.length > 0 ? 'Error: ' : ''}${locals.tabTitle ?? locals.title}${face.titleEnd}`,
      }
      res.set('Cache-Control', 'no-store')
      res.render(view, all, (error: Error | null, body: string) => {
        if (error) return next(error)
        res.render(face.layout, { ...all, body })
      })
    }
    next()
  }
}

/** Says `message` at the top of the next page, and goes there once the session is stored. */
export async function redirectSaying(req: Request, res: Response, to: string, message: string): Promise<void> {
  req.session.flash = message
  await saved(req)
  res.redirect(303, to)
}

/** An address inside this face to go to after signing in, or null: nothing that could lead to another site. */
export function safeNext(deps: Deps, value: unknown, within: string): string | null {
  if (typeof value !== 'string' || !value.startsWith('/') || value.length > 2000) return null
  // eslint-disable-next-line no-control-regex
  if (value.startsWith('//') || /[\\\u0000-\u001f\u007f]/.test(value)) return null
  const url = URL.canParse(value, deps.config.baseUrl) ? new URL(value, deps.config.baseUrl) : null
  if (url?.origin !== deps.config.baseUrl || !`${url.pathname}/`.startsWith(`${within}/`)) return null
  return `${url.pathname}${url.search}`
}

function takeFlash(req: Request): string {
  const message = req.user ? (req.session.flash ?? '') : ''
  if (message) delete req.session.flash
  return message
}
