import type { Request, RequestHandler, Response } from 'express'
import type { Deps } from './deps.ts'
import type { FieldError } from './forms.ts'
import { saved } from './session.ts'
import { urlOf } from './url.ts'
import { drawn } from './views.ts'
import { count, datesIn, listOf, number } from './words.ts'

/** How the office presents itself, as the core knows it. */
export interface Office {
  portalName: string
  timeZone: string
  /** Which stylesheet of its own the portal has; '' for none. */
  style: string
  /** Which logo stands in the place of the name; '' for none. */
  logo: string
  /** Whether customers may set up a second factor, or must. */
  secondFactor: 'off' | 'offered' | 'required'
}

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
      /** The office as it was when this request came. */
      office: Office
    }
  }
}

export interface Face {
  layout: string
  /** Asked once for every request: what an administrator sets holds from the next one on. */
  office: (req: Request) => Office | Promise<Office>
  /** Put behind the title of every page. */
  titleEnd: (office: Office) => string
  home: string
  token: (req: Request, res: Response) => string
}

/** Gives responses `page`, which draws a view in the layout of this face. */
export function drawPages(deps: Deps, face: Face): RequestHandler {
  const { officeName, idleHours } = deps.config
  return async (req, res, next) => {
    const office = await face.office(req)
    res.office = office
    res.page = (view, locals) => {
      const errors = locals.errors ?? []
      let token: string | undefined // one for all forms of a page: each new one would void the last
      const all = {
        count,
        number,
        listOf,
        officeName,
        idleHours,
        office,
        dates: datesIn(office.timeZone),
        me: req.user ?? null,
        here: req.originalUrl,
        home: face.home,
        csrf: () => (token ??= face.token(req, res)),
        flash: takeFlash(req),
        ...locals,
        errors,
        tabTitle: `${errors.length > 0 ? 'Error: ' : ''}${locals.tabTitle ?? locals.title}${face.titleEnd(office)}`,
      }
      res.set('Cache-Control', 'no-store')
      try {
        const shown = { ...res.locals, ...all }
        res.send(drawn(face.layout, { ...shown, body: drawn(view, shown) }))
      } catch (error) {
        next(error)
      }
    }
    next()
  }
}

/**
 * Says `message` at the top of the next page, and goes there once the session is stored. When it cannot be stored, only the
 * words are lost: what was done before is done, and a page that says nothing was changed would not be true.
 */
export async function redirectSaying(req: Request, res: Response, to: string, message: string): Promise<void> {
  req.session.flash = message
  await saved(req).catch(() => undefined)
  res.redirect(303, to)
}

/** An address inside this face to go to after signing in, or null: nothing that could lead to another site. */
export function safeNext(deps: Deps, value: unknown, within: string): string | null {
  if (typeof value !== 'string' || !value.startsWith('/') || value.length > 2000) return null
  // eslint-disable-next-line no-control-regex
  if (value.startsWith('//') || /[\\\u0000-\u001f\u007f]/.test(value)) return null
  const url = urlOf(value, deps.config.baseUrl)
  if (url?.origin !== deps.config.baseUrl || !`${url.pathname}/`.startsWith(`${within}/`)) return null
  return `${url.pathname}${url.search}`
}

function takeFlash(req: Request): string {
  const message = req.user ? (req.session.flash ?? '') : ''
  if (message) delete req.session.flash
  return message
}
