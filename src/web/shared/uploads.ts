import type { Request, Response } from 'express'
import multer, { diskStorage, MulterError, type StorageEngine } from 'multer'
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { Transform, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { oneLine } from '../../core/names.ts'
import type { Deps } from './deps.ts'
import { PageError } from './errors.ts'

const LEFT_BEHIND_AFTER_MS = 3_600_000
const MEGABYTE = 1_048_576
const LONGEST_NAME = 200
const NEVER_MORE_THAN = 1024 * MEGABYTE

export const MOST_FILES_AT_ONCE = 20

const NOT_UNDERSTOOD = new PageError(
  400,
  'This upload is not understood',
  'Use the form on the page, with one file. Nothing was changed.',
)

/** A file as it came with a form, in a place of its own on disk. */
export interface UploadedFile {
  path: string
  filename: string
}

export interface Uploads {
  /**
   * Reads a form with at most one file, gives it to `use`, and removes it before it returns, whatever happened. The
   * fields are in `req.body` by then: check the form token there. Without a file it is null; one too big is 'too-big'.
   */
  withFile<T>(req: Request, res: Response, use: (file: UploadedFile | null | 'too-big') => Promise<T>): Promise<T>
}

/** One of several files; without a place when it was too big, and not taken in. */
export interface ArrivedFile {
  path: string | null
  filename: string
}

export interface ManyUploads {
  /**
   * Reads a form with several files, gives them to `use`, and removes them before it returns, whatever happened. The
   * fields are in `req.body` by then: check the form token there. None that is too big spoils the others.
   */
  withFiles<T>(req: Request, res: Response, use: (files: ArrivedFile[]) => Promise<T>): Promise<T>
}

/** Uploads of up to `MOST_FILES_AT_ONCE` in the field `file` of forms, each up to `megabytes`. */
export function manyUploads(deps: Deps, megabytes: number): ManyUploads {
  const folder = path.join(deps.config.dataDir, 'uploads')
  const all = { ...limits(megabytes), fileSize: NEVER_MORE_THAN, files: MOST_FILES_AT_ONCE, parts: 45 }
  const storage = skippingBigOnes(folder, megabytes * MEGABYTE)
  const read = multer({ storage, defParamCharset: 'utf8', limits: all }).array('file')
  return {
    async withFiles(req, res, use) {
      await sweep(folder, deps.now())
      const answer = await new Promise<unknown>(resolve => void read(req, res, resolve))
      if (answer) throw isOurs(answer) ? (answer as Error) : (tooMuch(answer) ?? NOT_UNDERSTOOD)
      const files = Array.isArray(req.files) ? req.files : []
      try {
        return await use(files.map(file => ({ path: file.path || null, filename: nameOf(file.originalname) })))
      } finally {
        for (const file of files) await removed(file.path)
      }
    },
  }
}

/** Puts files into the folder; of one that is too big nothing stays, and the rest of it is read and thrown away. */
function skippingBigOnes(folder: string, most: number): StorageEngine {
  return {
    _handleFile(_req, file, done) {
      const place = path.join(folder, randomUUID())
      taken(file.stream, place, most).then(
        size => done(null, { path: size > most ? '' : place, size }),
        (error: unknown) => void rm(place, { force: true }).then(() => done(error)),
      )
    },
    _removeFile(_req, file, done) {
      removed(file.path).then(() => done(null), done)
    },
  }
}

async function taken(stream: Readable, place: string, most: number): Promise<number> {
  let size = 0
  const counted = new Transform({
    transform(piece: Buffer, _encoding, next) {
      size += piece.length
      next(null, size > most ? undefined : piece)
    },
  })
  await mkdir(path.dirname(place), { recursive: true, mode: 0o700 })
  await pipeline(stream, counted, createWriteStream(place, { flags: 'wx', mode: 0o600 }))
  if (size > most) await rm(place, { force: true })
  return size
}

async function removed(place: string): Promise<void> {
  if (place) await rm(place, { force: true })
}

function tooMuch(error: unknown): PageError | null {
  if (!(error instanceof MulterError) || !/^LIMIT_(FILE|PART)_(COUNT|SIZE)$/.test(error.code)) return null
  const advice = `Choose at most ${String(MOST_FILES_AT_ONCE)} files at once. Nothing was changed.`
  return new PageError(413, 'That was too much at once', advice)
}

/** Uploads in the field `file` of forms, up to `megabytes`. */
export function uploads(deps: Deps, megabytes: number): Uploads {
  const folder = path.join(deps.config.dataDir, 'uploads')
  const storage = diskStorage({
    destination: (_req, _file, done) => {
      mkdir(folder, { recursive: true, mode: 0o700 }).then(
        () => done(null, folder),
        (error: unknown) => done(error as Error, folder),
      )
    },
    filename: (_req, _file, done) => done(null, randomUUID()),
  })
  const read = multer({ storage, defParamCharset: 'utf8', limits: limits(megabytes) }).single('file')
  return {
    async withFile(req, res, use) {
      await sweep(folder, deps.now())
      const answer = await new Promise<unknown>(resolve => void read(req, res, resolve))
      if (answer instanceof MulterError && answer.code === 'LIMIT_FILE_SIZE') return use('too-big')
      if (answer) throw isOurs(answer) ? (answer as Error) : NOT_UNDERSTOOD
      const { file } = req
      try {
        return await use(file ? { path: file.path, filename: nameOf(file.originalname) } : null)
      } finally {
        if (file) await rm(file.path, { force: true })
      }
    },
  }
}

function limits(megabytes: number) {
  return {
    fileSize: megabytes * MEGABYTE,
    files: 1,
    fields: 20,
    parts: 25,
    fieldSize: 65_536,
    fieldNameSize: 100,
    headerPairs: 100,
    fieldNestingDepth: 0,
    fieldArrayIndexLimit: 0,
  }
}

/** Whether the disk failed us; anything else is a form that nobody can read. */
function isOurs(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).errno === 'number'
}

/** Some browsers send the whole path. The ending of a name that is too long stays, as it says what the file is. */
function nameOf(original: string): string {
  const name = oneLine(original.split(/[\\/]/).at(-1) ?? '')
  const [ending = ''] = /\.\w{1,10}$/.exec(name) ?? []
  const start = Array.from(name.slice(0, name.length - ending.length)).slice(0, LONGEST_NAME - ending.length)
  return start.join('') + ending || 'file'
}

/** Removes what a process that was killed has left behind. */
async function sweep(folder: string, now: number): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const file = path.join(folder, name)
    const made = await stat(file).catch(() => null)
    if (made && made.mtimeMs < now - LEFT_BEHIND_AFTER_MS) await rm(file, { force: true })
  }
}
