/** One mistake in a form: shown in the summary and beside the field, in the same words. */
export interface FieldError {
  field: string
  message: string
}

export type Reading<T> = { ok: true; values: T } | { ok: false; errors: FieldError[] }

/** A field as trimmed text, whatever a hostile body holds; longer text is cut at `most` characters. */
export function text(body: unknown, name: string, most = 500): string {
  return rawText(body, name, most).trim()
}

/** A field exactly as typed: for passwords. */
export function rawText(body: unknown, name: string, most = 500): string {
  const value = field(body, name)
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' ? first.replaceAll('\0', '').slice(0, most) : ''
}

/** A password exactly as typed. Far more is read than a password may hold, so that none is ever cut short unnoticed. */
export function typedPassword(body: unknown, name: string): string {
  return rawText(body, name, 5000)
}

/** Every value of a repeated field, as text. */
export function texts(body: unknown, name: string): string[] {
  const value = field(body, name)
  const list: unknown[] = Array.isArray(value) ? value : [value]
  return list.filter(item => typeof item === 'string')
}

/** The row ids of a repeated field, each once; whatever is not an id is left out. */
export function ids(body: unknown, name: string): number[] {
  return [
    ...new Set(
      texts(body, name)
        .map(readId)
        .filter(id => id !== null),
    ),
  ]
}

/** A row id as it stands in an address, or null. */
export function readId(value: unknown): number | null {
  return typeof value === 'string' && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : null
}

/** One of the allowed words, or the first of them. */
export function oneOf<T extends string>(body: unknown, name: string, allowed: readonly [T, ...T[]]): T {
  const given = text(body, name)
  return allowed.find(word => word === given) ?? allowed[0]
}

export function ticked(body: unknown, name: string): boolean {
  return texts(body, name).length > 0
}

function field(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, name)) return undefined
  return (body as Record<string, unknown>)[name]
}
