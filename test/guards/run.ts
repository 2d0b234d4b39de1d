import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { projectRoot } from '../../src/root.ts'
import { inLanes } from '../support/lanes.ts'
import { GUARDS, type Guard } from './guards.ts'

/*
 * Takes each guard out of a copy of the project, one at a time, and runs the tests that are to miss it. A guard whose tests
 * still pass without it is not tested. The tests have to pass with all guards in first, or their failing would say nothing.
 */

const PARTS = [
  'src',
  'views',
  'public',
  'migrations',
  'seeds',
  'test',
  'package.json',
  'tsconfig.json',
  '.htmlvalidate.json',
]
const AT_ONCE = 2

process.exit(await main())

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const guards = GUARDS.filter(({ name }) => name.includes(values.only ?? ''))
  const missing = guards.filter(({ file, from }) => !readFileSync(path.join(projectRoot, file), 'utf8').includes(from))
  for (const { name, file } of missing) console.log(`✗ ${name}: it does not stand in ${file} any more`)
  const there = guards.filter(one => !missing.includes(one))
  const tests = [...new Set(there.map(one => one.tests))]
  const red = await eachOf(tests, async (test, copy) => ((await passes(copy, test)) ? [] : [test]))
  for (const test of red) console.log(`✗ ${test} does not pass as it is`)
  if (red.length > 0) return 1
  const unmissed = await eachOf(there, async (one, copy) => ((await isMissed(copy, one)) ? [] : [one.name]))
  console.log(`\n${String(guards.length)} guards, ${String(unmissed.length + missing.length)} that no test misses`)
  return unmissed.length + missing.length > 0 ? 1 : 0
}

/** Does it with all of them, some at a time, each in a copy of its own. */
async function eachOf<T extends object | string>(
  all: T[],
  work: (one: T, copy: string) => Promise<string[]>,
): Promise<string[]> {
  const copies = Array.from({ length: AT_ONCE }, copyOfProject)
  const answers = await inLanes(all, AT_ONCE, (one, lane) => work(one, copies[lane] ?? ''))
  for (const copy of copies) rmSync(copy, { recursive: true, force: true })
  return answers.flat()
}

function copyOfProject(): string {
  const copy = mkdtempSync(path.join(tmpdir(), 'portico-guards-'))
  for (const part of PARTS) cpSync(path.join(projectRoot, part), path.join(copy, part), { recursive: true })
  symlinkSync(path.join(projectRoot, 'node_modules'), path.join(copy, 'node_modules'))
  return copy
}

async function isMissed(copy: string, { name, file, from, to, tests }: Guard): Promise<boolean> {
  const place = path.join(copy, file)
  const whole = readFileSync(place, 'utf8')
  writeFileSync(
    place,
    whole.replace(from, () => to),
  )
  const missed = !(await passes(copy, tests))
  writeFileSync(place, whole)
  console.log(`${missed ? '✓' : '✗'} ${name}: ${missed ? 'missed by' : 'NOT missed by'} ${tests}`)
  return missed
}

function passes(copy: string, test: string): Promise<boolean> {
  const mocha = path.join(projectRoot, 'node_modules', 'mocha', 'lib', 'cli', 'cli.js')
  const own = [
    '--no-config',
    '--require',
    './test/setup.ts',
    '--extension',
    'ts',
    '--timeout',
    '60000',
    '--bail',
    '--exit',
  ]
  const child = spawn(process.execPath, ['--import', 'tsx', mocha, ...own, test], {
    cwd: copy,
    env: { ...process.env, PORTICO_TEST_ENGINE: 'sqlite', PORTICO_TEST_FOLDER: mkdtempSync(path.join(copy, 'run-')) },
    stdio: 'ignore',
  })
  return new Promise(resolve => void child.once('exit', code => resolve(code === 0)))
}
