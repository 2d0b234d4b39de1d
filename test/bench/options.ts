import { parseArgs } from 'node:util'
import { ENGINES, type Engine } from './offices/engine.ts'
import type { Mode } from './sizes.ts'

export interface Options {
  mode: Mode
  engines: readonly Engine[]
  /** Jobs by name or goal; all of them when it is empty. */
  only: string[]
  json: boolean
  /** Where to write the run, without ending; null for the usual place. */
  out: string | null
  /** A saved run to compare with. */
  against: string | null
}

/** Reads the command line; throws for what it does not know. `named` are the names that `--only` may have. */
export function readOptions(given: string[], env: Record<string, string | undefined>, named: string[]): Options {
  const { values } = parseArgs({
    args: given,
    options: {
      small: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      engine: { type: 'string' },
      out: { type: 'string' },
      against: { type: 'string' },
    },
  })
  const only = values.only.flatMap(text => text.split(',')).map(text => text.trim())
  const unknown = only.find(name => !named.includes(name))
  if (unknown !== undefined) throw new Error(`--only ${unknown} is not known: it takes ${named.join(', ')}`)
  const engines = ENGINES.filter(engine => values.engine === undefined || engine === values.engine)
  if (engines.length === 0) throw new Error(`--engine takes ${ENGINES.join(' or ')}`)
  const mode = values.small ? 'small' : env.BENCH_FULL === '1' ? 'full' : 'usual'
  return {
    mode,
    engines: mode === 'small' && values.engine === undefined ? ['sqlite'] : engines,
    only,
    json: values.json,
    out: values.out?.replace(/\.(json|md)$/, '') ?? null,
    against: values.against ?? null,
  }
}
