import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { chromium, type Browser, type LaunchOptions } from 'playwright-core'
import { projectRoot } from '../../src/root.ts'

type Command = [program: string, ...args: string[]]

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const USUAL_FOLDERS = ['/usr/bin', '/usr/local/bin', '/snap/bin', '/opt/google/chrome', '/opt/homebrew/bin']
const ON_A_MAC = ['Google Chrome', 'Chromium'].map(name => `/Applications/${name}.app/Contents/MacOS/${name}`)
const QUIET = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const MISSING =
  'The tests need Chromium or Google Chrome and found neither: install one (on Debian: apt-get install chromium; ' +
  'elsewhere: npx playwright-core install chromium), or set CHROMIUM to where it is.'

let found: string | undefined

/** A Chromium that runs: the one CHROMIUM names, one on the PATH or in the usual places, or playwright's own. */
export function chromiumPath(): string | undefined {
  found ??= places().find(runs)
  return found
}

/** The same, installed first when there is none. Throws a sentence that says what to do when that does not help. */
export function ensureChromium(): string {
  for (const [program, ...args] of chromiumPath() ? [] : installation()) {
    spawnSync(program, args, {
      cwd: projectRoot,
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    })
    if (chromiumPath()) break
  }
  const installed = chromiumPath()
  if (installed === undefined) throw new Error(MISSING)
  return installed
}

/** Starts a headless Chromium that asks nobody else for anything. */
export function launchChromium(options: LaunchOptions = {}): Promise<Browser> {
  const executablePath = chromiumPath()
  if (executablePath === undefined) throw new Error(MISSING)
  return chromium.launch({ executablePath, args: isRoot() ? ['--no-sandbox', ...QUIET] : QUIET, ...options })
}

function places(): string[] {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), ...USUAL_FOLDERS]
  const installed = NAMES.flatMap(name => folders.map(folder => path.join(folder, name)))
  return [process.env.CHROMIUM ?? '', ...installed, chromium.executablePath(), ...ON_A_MAC]
}

/** A file of that name is not enough: Ubuntu ships a script there that only tells how to install it. */
function runs(file: string): boolean {
  return file !== '' && existsSync(file) && spawnSync(file, ['--version'], { timeout: 10_000 }).status === 0
}

function installation(): Command[] {
  const ownBuild: Command = ['npx', 'playwright-core', 'install', 'chromium']
  if (!isRoot() || !existsSync('/usr/bin/apt-get')) return [ownBuild]
  return [
    ['apt-get', 'update'],
    ['apt-get', 'install', '-y', '--no-install-recommends', 'chromium'],
    ['npx', 'playwright-core', 'install', '--with-deps', 'chromium'],
  ]
}

function isRoot(): boolean {
  return process.getuid?.() === 0
}
