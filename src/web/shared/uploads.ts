import type { Request, Response } from 'express'
import multer, { diskStorage, MulterError } from 'multer'
import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { oneLine } from '../../core/names.ts'
import type { Deps } from './deps.ts'
import { PageError } from './errors.ts'

const LEFT_BEHIND_AFTER_MS = 3_600_000

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
    fileSize: megabytes * 1_048_576,
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

/** Some browsers send the whole path. */
function nameOf(original: string): string {
  return oneLine(original.split(/[\\/]/).at(-1) ?? '').slice(0, 200) || 'file'
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
