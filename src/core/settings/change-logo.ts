import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { ok, refused, type Result } from '../result.ts'
import { LOGO_KEY, LOGO_TYPES, type LogoEnding, type StoredLogo } from './logo.ts'
import { writePortalSettings } from './portal-settings.ts'
import { changeSetting } from './values.ts'

/** The most bytes a logo may have: 200 kB. */
export const LOGO_BYTES = 204_800

/** Why a file is no logo: it is none of the pictures we take, or is not what its name says. */
export type LogoRefusal = 'other-type' | 'not-what-it-says'

/**
 * Puts the picture in this file at the top of the customers' pages, in the place of the one before. What it is, is seen from
 * its name and from how it begins: both have to agree.
 */
export async function changeLogo(
  db: Db,
  staff: Staff,
  file: { path: string; filename: string },
  now: number,
): Promise<Result<null, LogoRefusal>> {
  const ending = file.filename.split('.').at(-1)?.toLowerCase() ?? ''
  if (!isEnding(ending)) return refused('other-type')
  const content = await readFile(file.path)
  if (content.length > LOGO_BYTES || !beginsAs(ending, content)) return refused('not-what-it-says')
  const version = createHash('sha256').update(content).digest('hex').slice(0, 16)
  const stored: StoredLogo = { version, ending, base64: content.toString('base64') }
  await db.transaction(async trx => {
    await writePortalSettings(trx, staff, { logo: version }, now)
    await changeSetting(trx, LOGO_KEY, stored)
  })
  return ok(null)
}

/** Takes the logo away, so that the name stands there. Safe to do twice. */
export async function removeLogo(db: Db, staff: Staff, now: number): Promise<void> {
  await db.transaction(async trx => {
    await writePortalSettings(trx, staff, { logo: '' }, now)
    await changeSetting(trx, LOGO_KEY, null)
  })
}

function isEnding(text: string): text is LogoEnding {
  return Object.hasOwn(LOGO_TYPES, text)
}

function beginsAs(ending: LogoEnding, content: Buffer): boolean {
  const start = content.subarray(0, 16).toString('latin1')
  if (ending === 'png') return start.startsWith('\x89PNG\r\n\x1a\n') && start.endsWith('IHDR')
  if (ending === 'webp') return start.startsWith('RIFF') && start.slice(8, 15) === 'WEBPVP8'
  return start.startsWith('\xff\xd8\xff')
}
