import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Pairs, type Bench, type Job } from './bench.ts'
import { JOBS } from './jobs/all.ts'
import type { DatabaseServer, Engine } from './offices/engine.ts'
import { Offices } from './offices/offices.ts'
import { postgresServer } from './offices/postgres-server.ts'
import { sqliteFiles } from './offices/sqlite-files.ts'
import { readOptions } from './options.ts'
import { endAll } from './processes/measured-process.ts'
import { comparison, comparisonLines } from './results/against.ts'
import { markdownOf } from './results/markdown.ts'
import { newRun, save, savedRun, usualPlace } from './results/saved.ts'
import { tableOf } from './results/table.ts'
import { MODES } from './sizes.ts'

/*
 * Measures Portico against a floor: the same work in the same run on the same machine with nothing of ours in the way.
 * Times wander from machine to machine, ratios hardly do. This is no test of speed: it fails when something does not
 * work, never when it is slow.
 */

const options = readOptions(process.argv.slice(2), process.env, [...new Set(JOBS.flatMap(job => [job.name, job.goal]))])
const sizes = MODES[options.mode]
const jobs = JOBS.filter(
  job => options.only.length === 0 || options.only.some(name => [job.name, job.goal].includes(name)),
)
const before = options.against === null ? null : { name: options.against, rows: savedRun(options.against).rows }
const run = newRun(options.mode)
const folder = mkdtempSync(path.join(tmpdir(), 'portico-bench-'))
const servers: DatabaseServer[] = []
process.on('exit', () => {
  endAll()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    run.failures.push('The run was stopped before its end')
    report()
    void stopServers().finally(() => process.exit(1))
  })
}

for (const engine of options.engines) await measureOn(engine)
await stopServers()
report()
process.exit(run.failures.length > 0 ? 1 : 0)

async function measureOn(engine: Engine): Promise<void> {
  const server = engine === 'sqlite' ? sqliteFiles(folder) : await postgresServer(folder)
  servers.push(server)
  const offices = new Offices(server)
  const dataDir = path.join(folder, 'data')
  mkdirSync(dataDir, { recursive: true })
  const pairs = new Pairs(offices, sizes)
  for (const job of jobs) await measure(job, { offices, sizes, folder, dataDir, withSides: pairs.with })
  await pairs.end()
}

/** What fails is noted and fails the run at its end; the rest is measured all the same. */
async function measure(job: Job, bench: Bench): Promise<void> {
  const begin = run.rows.length
  for (const contacts of job.sizes(sizes)) {
    const what = `${job.name} at ${contacts.toLocaleString('en-GB')} on ${bench.offices.engine}`
    const start = performance.now()
    try {
      run.rows.push(...(await job.measure(bench, contacts)))
      process.stderr.write(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
    } catch (error) {
      run.failures.push(`${what}: ${error instanceof Error ? error.message : String(error)}`)
      process.stderr.write(`${what} FAILED: ${error instanceof Error ? (error.stack ?? '') : String(error)}\n`)
    }
  }
  run.rows.push(...(job.across?.(run.rows.slice(begin)) ?? []))
}

function report(): void {
  const lines = before ? comparisonLines(comparison(before.rows, run.rows)) : []
  const markdown = markdownOf(run, before && { name: before.name, lines })
  const files = save(run, options.out ?? usualPlace(run), markdown)
  console.log(options.json ? JSON.stringify(run, null, 2) : tableOf(run.rows))
  const say = options.json ? console.error : console.log
  if (before) say(`\nAgainst ${before.name}:\n${lines.join('\n')}`)
  if (run.failures.length > 0) say(`\nFAILED:\n${run.failures.join('\n')}`)
  say(`\nWritten to ${files.join(' and ')}`)
}

async function stopServers(): Promise<void> {
  for (const server of servers.splice(0)) await server.stop()
}
