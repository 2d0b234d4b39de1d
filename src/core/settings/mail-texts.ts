import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { record } from '../audit/record.ts'
import { changeSetting, setting, settingToChange } from './values.ts'

/** Characters of an opening or a closing. */
export const MAIL_TEXT_LENGTH = 1000

/** What the office adds to a mail in its own words: after the greeting, and at the end. Plain text; '' for nothing. */
export interface MailText {
  opening: string
  closing: string
}

/** The mails the office may add to. */
export interface MailTexts {
  invitation: MailText
  signInDetails: MailText
}

/** What stands in a text for the person, for the portals they can open, and for the office. */
export interface MailNames {
  name: string
  portal: string
  office: string
}

const KEY = 'mail-texts'
const NOTHING: MailText = { opening: '', closing: '' }
const PLACEHOLDER = /\{([^{}]*)\}/g
const NAMES = ['name', 'portal', 'office']

export async function mailTexts(db: Db): Promise<MailTexts> {
  return withDefaults(await setting(db, KEY))
}

/** Changes the words of one mail and leaves those of the others. Changing nothing leaves no line in the log. */
export function changeMailText(
  db: Db,
  staff: Staff,
  mail: keyof MailTexts,
  text: MailText,
  now: number,
): Promise<MailTexts> {
  return db.transaction(async trx => {
    const before = withDefaults(await settingToChange(trx, KEY))
    const from = before[mail]
    if (from.opening === text.opening && from.closing === text.closing) return before
    const after = { ...before, [mail]: text }
    await changeSetting(trx, KEY, after)
    await record(trx, staff, 'mail-text.changed', null, { mail, from, to: text }, now)
    return after
  })
}

/** The placeholders of a text that stand for nothing, each as it is written: `{firstname}`. */
export function unknownPlaceholders(text: string): string[] {
  const found = [...text.matchAll(PLACEHOLDER)].filter(([, name = '']) => !NAMES.includes(name))
  return [...new Set(found.map(([placeholder]) => placeholder))]
}

/**
 * The parts of a mail, the greeting first, with what the office adds: the opening after the greeting, the closing last.
 */
export function inOwnWords<Part>(
  words: MailText | undefined,
  names: MailNames,
  [greeting, ...rest]: [Part, ...Part[]],
): (Part | string)[] {
  const { opening, closing } = words ?? NOTHING
  return [greeting, ...paragraphs(opening, names), ...rest, ...paragraphs(closing, names)]
}

function paragraphs(text: string, names: MailNames): string[] {
  const filled = text.replace(PLACEHOLDER, (all, name: string) => (isName(name) ? names[name] : all))
  return filled.split(/\n\s*\n/).filter(paragraph => paragraph.trim() !== '')
}

function isName(name: string): name is keyof MailNames {
  return NAMES.includes(name)
}

function withDefaults(stored: unknown): MailTexts {
  return { invitation: NOTHING, signInDetails: NOTHING, ...(stored as Partial<MailTexts> | null) }
}
