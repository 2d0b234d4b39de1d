import { fork, type ChildProcess } from 'node:child_process'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { projectRoot } from '../src/root.ts'
import { ensureChromium } from './support/chromium.ts'
import { inLanes } from './support/lanes.ts'
import type { TestEvent } from './support/reporter.ts'
import { makeScratchFolder, sweepScratch } from './support/scratch.ts'

/** Which tests, where not all: by their titles, and by another file of settings than the usual one. */
interface Asked {
  grep?: string | undefined
  config?: string | undefined
  ignore?: string[]
}

interface Outcome {
  engine: string
  passed: number
  skipped: number
  failures: { title: string; problem: string }[]
}

const ENGINES = ['sqlite', 'postgres']
/** The large folders, those that take longest first; the rest is a part of its own, before them. */
const FOLDERS = ['staff', 'browser', 'security', 'crash']
/** Many tests wait, for a browser or for a process that dies, and leave a processor to others. */
const PARTS_AT_ONCE = 4
const LONGEST_WAIT_FOR_EXIT_MS = 30_000
const LONGEST_WAIT_FOR_OUTPUT_MS = 5_000
const running = new Set<ChildProcess>()

process.exit(await main())

/** The whole suite on both engines at once; the exit code is 0 when every test passed on each. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { engine: { type: 'string' }, grep: { type: 'string' }, config: { type: 'string' } },
  })
  const engines = ENGINES.filter(engine => values.engine === undefined || values.engine === engine)
  if (engines.length === 0) return refuse(`--engine is ${values.engine ?? ''}: it can be ${ENGINES.join(' or ')}.`)
  try {
    process.env.CHROMIUM = ensureChromium()
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
  passSignalsOn()
  const isWhole = values.grep === undefined && values.config === undefined
  const outcomes = isWhole
    ? await wholeSuite(engines)
    : await Promise.all(engines.map(engine => outcomeOn(engine, values)))
  return summary(engines.map(engine => together(outcomes.filter(outcome => outcome.engine === engine))))
}

/** The suite in parts, a few at once, so that no processor is idle before the end. */
function wholeSuite(engines: string[]): Promise<Outcome[]> {
  const rest = FOLDERS.map(folder => `test/${folder}/**`)
  const ignored = [rest, ...FOLDERS.map(folder => ['test/*.test.ts', `test/!(${folder})/**`])]
  const parts = ignored.flatMap(ignore => engines.toReversed().map(engine => ({ engine, ignore })))
  return inLanes(parts, PARTS_AT_ONCE, ({ engine, ignore }) => outcomeOn(engine, { ignore }))
}

function together(outcomes: Outcome[]): Outcome {
  const [first, ...others] = outcomes as [Outcome, ...Outcome[]]
  for (const { passed, skipped, failures } of others) {
    first.passed += passed
    first.skipped += skipped
    first.failures.push(...failures)
  }
  return first
}

function refuse(sentence: string): number {
  console.error(sentence)
  return 1
}

/** A broken run may leave its PostgreSQL and its files behind, so their folder is made and swept here. */
async function outcomeOn(engine: string, asked: Asked): Promise<Outcome> {
  const folder = makeScratchFolder()
  try {
    return await suiteOn(engine, folder, asked)
  } finally {
    sweepScratch(folder)
  }
}

async function suiteOn(engine: string, folder: string, asked: Asked): Promise<Outcome> {
  const outcome: Outcome = { engine, passed: 0, skipped: 0, failures: [] }
  const child = startMocha(engine, folder, asked)
  const guard = exitGuard(child)
  child.on('message', (event: TestEvent) => {
    note(outcome, event)
    if (event.kind === 'end') guard.start()
  })
  const ending = await endOf(child)
  if (!guard.ended) fail(outcome, 'the run', `it stopped before its end (${ending})`)
  else if (guard.killed) fail(outcome, 'the run', 'it did not end: a test left a timer, a server or a connection open')
  else if (ending !== 'exit code 0' && outcome.failures.length === 0)
    fail(outcome, 'the run', `it ended with ${ending}`)
  if (outcome.passed + outcome.failures.length === 0) fail(outcome, 'the run', 'no test ran')
  return outcome
}

function startMocha(engine: string, folder: string, { grep, config, ignore = [] }: Asked): ChildProcess {
  const mocha = path.join(projectRoot, 'node_modules', 'mocha', 'lib', 'cli', 'cli.js')
  const reporter = path.join(projectRoot, 'test', 'support', 'reporter.ts')
  const chosen = [
    ...(grep === undefined ? [] : ['--grep', grep]),
    ...(config === undefined ? [] : ['--config', config]),
  ]
  const left = ignore.flatMap(files => ['--ignore', files])
  const child = fork(mocha, ['--reporter', reporter, ...chosen, ...left], {
    cwd: projectRoot,
    execArgv: ['--max-semi-space-size=32', '--import', 'tsx'], // what a test leaves behind is then seldom looked through
    silent: true,
    env: { ...process.env, PORTICO_TEST_ENGINE: engine, PORTICO_TEST_FOLDER: folder },
  })
  running.add(child)
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream }).on('line', line => say(engine, line))
  }
  return child
}

function exitGuard(child: ChildProcess): { start(): void; ended: boolean; killed: boolean } {
  const guard = {
    ended: false,
    killed: false,
    start(): void {
      guard.ended = true
      const timer = setTimeout(() => (guard.killed = child.kill('SIGKILL')), LONGEST_WAIT_FOR_EXIT_MS)
      child.once('close', () => clearTimeout(timer))
    },
  }
  return guard
}

/**
 * Waits for the last lines and messages too, but not for ever: something the child started may hold its output open.
 */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once('exit', (code, signal) => {
      running.delete(child)
      const how = signal ?? `exit code ${code}`
      const timer = setTimeout(resolve, LONGEST_WAIT_FOR_OUTPUT_MS, how)
      child.once('close', () => {
        clearTimeout(timer)
        resolve(how)
      })
    })
  })
}

function note(outcome: Outcome, event: TestEvent): void {
  if (event.kind === 'passed') outcome.passed += 1
  if (event.kind === 'skipped') outcome.skipped += 1
  if (event.kind === 'failed') fail(outcome, event.title, event.problem)
  if (event.kind === 'file' && event.passed + event.failed > 0) {
    const bad = event.failed > 0 ? `, ${event.failed} failed` : ''
    say(
      outcome.engine,
      `${event.failed > 0 ? '✗' : '✓'} ${event.title}: ${event.passed} passed${bad} (${event.seconds.toFixed(1)} s)`,
    )
  }
}

function fail(outcome: Outcome, title: string, problem: string): void {
  outcome.failures.push({ title, problem })
  say(outcome.engine, `✗ ${title}`)
}

function say(engine: string, line: string): void {
  console.log(`${engine.padEnd(8)} ${line}`)
}

function summary(outcomes: Outcome[]): number {
  for (const { engine, failures } of outcomes) {
    for (const { title, problem } of failures) console.log(`\n${engine}: ${title}\n${problem.replace(/^/gm, '    ')}`)
  }
  console.log()
  for (const outcome of outcomes) console.log(`${outcome.engine}: ${counts([outcome])}`)
  console.log(counts(outcomes))
  return outcomes.some(outcome => outcome.failures.length > 0) ? 1 : 0
}

function counts(outcomes: Outcome[]): string {
  const sum = (value: (outcome: Outcome) => number): number => outcomes.reduce((total, one) => total + value(one), 0)
  const skipped = sum(one => one.skipped)
  const parts = [`${sum(one => one.passed)} passed`, `${sum(one => one.failures.length)} failed`]
  return [...parts, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(', ')
}

function passSignalsOn(): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      for (const child of running) child.kill(signal)
    })
  }
}
