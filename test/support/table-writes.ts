import type { Source } from './sources.ts'

/** A statement that changes rows: the table it names, or the expression from which no table could be read. */
export interface TableWrite {
  file: string
  table: string | null
  said: string
}

const TABLE = /(?:db|trx)\(\s*'(\w+)(?: as \w+)?'\s*\)/

/** Every insert, update and delete of a file, by the builder or by the bulk functions. */
export function tableWritesOf({ path: file, text }: Source): TableWrite[] {
  const built = [...text.matchAll(/\s*\.(insert|update|delete|del)\(/g)].map(({ index }) => receiver(text, index))
  const bulk = [...text.matchAll(/\b(?:insertMany|insertFrom|updateMany)\(\s*\w+,\s*([^,]+),/g)]
  const raw = [...text.matchAll(/\.raw\(\s*[`'"][^`'"]*?\b(insert into|(?<!for )update|delete from) (\w+)/g)]
  return [
    ...built.map(said => ({ file, table: tableOf(text, said), said })),
    ...bulk.map(([said, table = '']) => ({ file, table: /^'(\w+)'$/.exec(table.trim())?.[1] ?? null, said })),
    ...raw.map(([said, , table = '']) => ({ file, table, said })),
  ]
}

/**
 * `trx('jobs').where(…)` says its table; `held(db, job)` says it in the function of that name, or in the one that
 * calls.
 */
function tableOf(text: string, said: string, calls = 0): string | null {
  const helper = /^(\w+)\(/.exec(said)?.[1] ?? ''
  const direct = /^(?:db|trx)$/.test(helper) || helper === '' ? TABLE.exec(said)?.[1] : undefined
  if (direct !== undefined || helper === '' || calls > 3) return direct ?? null
  const body = text.split(new RegExp(`function ${helper}\\b`))[1]?.split('\n}')[0] ?? ''
  const given = /\breturn (\w+\([\s\S]*)/.exec(body)?.[1]
  return given === undefined ? null : tableOf(text, given, calls + 1)
}

/** The expression that ends at `end`: names, dots and bracketed parts, read backwards. */
function receiver(text: string, end: number): string {
  let at = end
  while (at > 0) {
    const before = text.slice(0, at)
    const word = /[\w#]+$/.exec(before)?.[0]
    if (before.endsWith(')')) at = openingOf(text, at - 1)
    else if (word) at -= word.length
    else break
    const dot = /\s*\.\s*$/.exec(text.slice(0, at))?.[0]
    if (dot) at -= dot.length
    else if (!/[\w#)]$/.test(text.slice(0, at))) break
  }
  return text.slice(at, end)
}

function openingOf(text: string, closing: number): number {
  let depth = 0
  for (let at = closing; at >= 0; at -= 1) {
    if (text[at] === ')') depth += 1
    if (text[at] === '(') depth -= 1
    if (depth === 0) return at
  }
  return 0
}
