import type { Db } from '../../db/index.ts'
import { setting } from './values.ts'

export const LOGO_KEY = 'portal-logo'

/** The pictures a logo may be, by how their files end. No SVG: it can hold script. */
export const LOGO_TYPES = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
} as const

export type LogoEnding = keyof typeof LOGO_TYPES

/** How the row has it. */
export interface StoredLogo {
  version: string
  ending: LogoEnding
  base64: string
}

/** The logo of the office, as it was given. */
export interface Logo {
  /** Changes with every change of the picture. */
  version: string
  ending: LogoEnding
  type: string
  content: Buffer
}

/** The logo at the top of the customers' pages, or null when there is none. */
export async function keptLogo(db: Db): Promise<Logo | null> {
  const stored = (await setting(db, LOGO_KEY)) as StoredLogo | null
  if (!stored) return null
  const { version, ending, base64 } = stored
  return { version, ending, type: LOGO_TYPES[ending], content: Buffer.from(base64, 'base64') }
}
