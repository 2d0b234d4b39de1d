import { addressOf, filled, tokenFor, type Cast } from './actors.ts'
import type { Browser } from './browser.ts'
import type { ActorName, MatrixRow } from './matrix.ts'
import { formHeaders, wire, type WireReply } from './wire.ts'

/** The form of this row as it should be, but for the named fields, in whose place these entries are sent. */
export async function sendForm(
  cast: Cast,
  row: MatrixRow,
  names: string[],
  entries: [string, string][],
): Promise<WireReply> {
  const actor = sender(row)
  const good = Object.entries(filled(row.body ?? {}, cast.things(actor))).filter(([field]) => !names.includes(field))
  const token = await cachedToken(cast, actor, row.face)
  const fields: [string, string][] = [
    ...good.map(([field, value]): [string, string] => [field, String(value)]),
    ...entries,
    ['_csrf', token],
  ]
  const headers = formHeaders(cookieOf(cast.browsers[actor]))
  const body = new URLSearchParams(fields).toString()
  return wire(cast.world, { method: 'POST', path: addressOf(cast, row, actor), headers, body })
}

const tokens = new WeakMap<Browser, Map<string, string>>()

async function cachedToken(cast: Cast, actor: ActorName, face: MatrixRow['face']): Promise<string> {
  const browser = cast.browsers[actor]
  const known = tokens.get(browser) ?? new Map<string, string>()
  tokens.set(browser, known)
  if (!known.has(face)) known.set(face, await tokenFor(browser, face))
  return known.get(face) ?? ''
}

function sender(row: MatrixRow): ActorName {
  if (row.path === '/portal/choose-password') return 'temporaryPassword'
  return row.answers.anonymous === 'open' ? 'anonymous' : row.face === 'staff' ? 'admin' : 'portalUser'
}

export function cookieOf({ cookies }: Browser): string {
  return cookies
    .names()
    .map(name => `${name}=${cookies.value(name) ?? ''}`)
    .join('; ')
}
