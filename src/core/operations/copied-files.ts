import { existsSync } from 'node:fs'
import { chmod, copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'

/** What lies in DATA_DIR beside the database. What is only arriving is left out. */
const FOLDERS = ['documents', 'imports']
const SECRET = 'app-secret'
const ARRIVING = 'arriving'

/**
 * Copies the files beside the database, over those that are there already, such as the secret that a first look at the
 * settings has made. Where Portico runs they may vanish meanwhile, as an import that ends takes its file away: what a copy
 * of the database made before still needs does not. Only this account can read what was copied.
 */
export async function copyFiles(from: string, to: string, mayVanish: boolean): Promise<void> {
  for (const name of [...FOLDERS, SECRET]) {
    if (existsSync(path.join(from, name))) await copyTree(path.join(from, name), path.join(to, name), mayVanish)
  }
}

/** Removes what was copied to where none of it was before. */
export async function removeFiles(folder: string): Promise<void> {
  for (const name of [...FOLDERS, SECRET]) await rm(path.join(folder, name), { recursive: true, force: true })
}

/** Whether this place is one of those that are copied, or within one. */
export function isCopied(dataDir: string, place: string): boolean {
  return FOLDERS.some(name => `${place}${path.sep}`.startsWith(`${path.join(dataDir, name)}${path.sep}`))
}

export function holdsSecret(folder: string): boolean {
  return existsSync(path.join(folder, SECRET))
}

export async function holdsFiles(folder: string): Promise<boolean> {
  return (await readdir(folder).catch(() => [])).length > 0
}

async function copyTree(from: string, to: string, mayVanish: boolean): Promise<void> {
  try {
    if (!(await stat(from)).isDirectory()) {
      await copyFile(from, to)
      return await chmod(to, 0o600)
    }
    await mkdir(to, { recursive: true, mode: 0o700 })
    for (const name of await readdir(from))
      if (name !== ARRIVING) await copyTree(path.join(from, name), path.join(to, name), mayVanish)
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(from)
    if (!mayVanish || !isGone) throw error
  }
}
