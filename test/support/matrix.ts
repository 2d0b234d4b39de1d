import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Router } from 'express'
import { projectRoot } from '../../src/root.ts'
import type { Fields } from './browser.ts'

export const ACTORS = [
  'anonymous',
  'disabledStaff',
  'disabledPortalUser',
  'viewer',
  'manager',
  'admin',
  'portalUser',
  'temporaryPassword',
] as const
export type ActorName = (typeof ACTORS)[number]

/**
 * `open`: anybody. `ok`: done, for those it is made for. `sign-in`: led to the door of that face, and back after a GET.
 * `choose-password`: led to choosing one's own password first.
 */
export type Answer = 'open' | 'ok' | 'sign-in' | '403' | '404' | '422' | 'choose-password'

/** Who may do what at one address. In `at` and `body` stands {contact} for a contact of the world, and so on. */
export interface MatrixRow {
  id: string
  face: 'app' | 'staff' | 'portal'
  method: 'GET' | 'POST'
  path: string
  note?: string
  at?: string
  upload?: boolean
  /** Asked while the office has switched this portal setting off. */
  whileOff?: 'clientsCanInvite'
  body?: Fields
  answers: Record<ActorName, Answer>
}

export const matrix = JSON.parse(
  readFileSync(path.join(projectRoot, 'test', 'authz-matrix.json'), 'utf8'),
) as MatrixRow[]

/** The forms of the site, one row each. */
export const forms = matrix.filter(
  (row, index) =>
    row.method === 'POST' && matrix.findIndex(one => one.method === 'POST' && one.path === row.path) === index,
)

interface Layer {
  route?: { path: string; methods: Record<string, boolean> }
  handle: { stack?: unknown }
}

/** "GET /staff/contacts" for every page hung on this router. */
export function routesOf({ stack }: Pick<Router, 'stack'>, mount: string): string[] {
  const layers = stack as unknown as Layer[]
  return layers.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map(method => `${method.toUpperCase()} ${at(mount, route.path)}`) : [],
  )
}

/** Routers inside this router: their pages would be seen by nobody. */
export function hiddenRoutersIn({ stack }: Pick<Router, 'stack'>): unknown[] {
  return (stack as unknown as Layer[]).filter(layer => !layer.route && layer.handle.stack !== undefined)
}

function at(mount: string, route: string): string {
  return route === '/' ? mount || '/' : `${mount}${route}`
}
