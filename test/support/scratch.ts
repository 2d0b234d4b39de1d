import { spawnSync } from 'node:child_process'
import { accessSync, chmodSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

let own: string | undefined

/** Folder for files that live as long as this test run, in memory where the system has such a place. */
export function scratchFolder(): string {
  own ??= process.env.PORTICO_TEST_FOLDER ?? makeOwnFolder()
  return own
}

/** Makes such a folder; whoever makes it sweeps it. */
export function makeScratchFolder(): string {
  const folder = mkdtempSync(path.join(quickPlace(), 'portico-test-'))
  chmodSync(folder, 0o755) // PostgreSQL runs as another person when the tests run as root
  return folder
}

/** Removes the folder with all it holds, and stops a PostgreSQL and small disks that a broken run left in it. */
export function sweepScratch(folder: string): void {
  stopAbandonedPostgres(path.join(folder, 'postgres', 'postmaster.pid'))
  unmountDisks(folder)
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
}

function makeOwnFolder(): string {
  const folder = makeScratchFolder()
  process.on('exit', () => sweepScratch(folder))
  return folder
}

function quickPlace(): string {
  try {
    accessSync('/dev/shm', constants.W_OK)
    return '/dev/shm'
  } catch {
    return tmpdir()
  }
}

function stopAbandonedPostgres(pidFile: string): void {
  try {
    process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), 'SIGQUIT')
  } catch {
    // it has stopped already, or never ran
  }
}

function unmountDisks(folder: string): void {
  const mounts = readIfThere('/proc/mounts').split('\n')
  for (const line of mounts) {
    const place = line.split(' ')[1] ?? ''
    if (place.startsWith(`${folder}/`)) spawnSync('umount', ['-l', place])
  }
}

function readIfThere(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8') : ''
}
