import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg } from 'node:os'
import path from 'node:path'
import type { Row } from './row.ts'

/** All that one run found, as it is written down. */
export interface Run {
  /** When it began, UTC. */
  at: string
  mode: string
  machine: string
  rows: Row[]
  /** Sentences about what did not work. */
  failures: string[]
}

/** A run that begins now. The load says how busy the machine was with other work. */
export function newRun(mode: string): Run {
  const load = (loadavg()[0] ?? 0).toFixed(1)
  const machine = `${String(availableParallelism())} cores of ${cpus()[0]?.model.trim() || 'an unknown kind'}, Node ${process.version}, load ${load} before it began`
  return { at: new Date().toISOString(), mode, machine, rows: [], failures: [] }
}

/** Where a run is written unless a place is asked for; without endings. */
export function usualPlace({ at }: Run): string {
  return path.join('bench-results', at.slice(0, 19).replaceAll(':', '-'))
}

/** Writes the run to `place` as JSON, to be compared with later, and as Markdown; returns both paths. */
export function save(run: Run, place: string, markdown: string): string[] {
  mkdirSync(path.dirname(path.resolve(place)), { recursive: true })
  writeFileSync(`${place}.json`, `${JSON.stringify(run, null, 2)}\n`)
  writeFileSync(`${place}.md`, markdown)
  return [`${place}.json`, `${place}.md`]
}

/** Throws when the file is not one of ours. */
export function savedRun(file: string): Run {
  const run = JSON.parse(readFileSync(file, 'utf8')) as Partial<Run> | null
  if (!Array.isArray(run?.rows)) throw new Error(`${file} is not a saved run of the bench`)
  return run as Run
}
