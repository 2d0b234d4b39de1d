import { closeSync, constants, copyFileSync, fsyncSync, openSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { DatabaseServer } from './engine.ts'

/** Databases as files of a folder. */
export function sqliteFiles(folder: string): DatabaseServer {
  const fileOf = (name: string): string => path.join(folder, `${name}.sqlite3`)
  return {
    engine: 'sqlite',
    pid: null,
    urlOf: name => `sqlite:${fileOf(name)}`,
    create: () => Promise.resolve(),
    copy: (from, to) => Promise.resolve(copyOnDisk(fileOf(from), fileOf(to))),
    drop: name =>
      Promise.resolve(['', '-wal', '-shm', '.lock'].forEach(end => rmSync(fileOf(name) + end, { force: true }))),
    stop: () => Promise.resolve(),
  }
}

/** Written to the disk already, so that nobody has to wait for that later. */
function copyOnDisk(from: string, to: string): void {
  copyFileSync(from, to, constants.COPYFILE_FICLONE)
  const handle = openSync(to, 'r+')
  fsyncSync(handle)
  closeSync(handle)
}
