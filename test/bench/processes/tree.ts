import { readdirSync, readFileSync } from 'node:fs'

/** Milliseconds of one tick in which Linux counts processor time. */
const TICK_MS = 10

/** What a process and all that it started have in memory now; null where no file says so: only on Linux. */
export function residentKb(pid: number): number | null {
  const own = textOf(`/proc/${String(pid)}/status`)
  if (own === null) return null
  const resident = Number(/^VmRSS:\s+(\d+)/m.exec(own)?.[1] ?? 0)
  return childrenOf(pid).reduce((sum, child) => sum + (residentKb(child) ?? 0), resident)
}

/**
 * What a process and all that it started, those that have ended too, have used of the processors; null where no file
 * says so.
 */
export function processorMs(pid: number): number | null {
  const stat = textOf(`/proc/${String(pid)}/stat`)
  if (stat === null) return null
  const fields = (stat.split(') ').at(-1) ?? '').split(' ').slice(11, 15).map(Number) // own and ended, user and system
  const own = fields.reduce((sum, ticks) => sum + ticks, 0) * TICK_MS
  return childrenOf(pid).reduce((sum, child) => sum + (processorMs(child) ?? 0), own)
}

/** Any of its threads may have started a process. */
function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${String(pid)}/task`).flatMap(thread =>
      (textOf(`/proc/${String(pid)}/task/${thread}/children`) ?? '').trim().split(/\s+/).filter(Boolean).map(Number),
    )
  } catch {
    return []
  }
}

function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return null
  }
}
