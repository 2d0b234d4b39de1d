/**
 * Text as we compare, sort and search it: no accents, no capitals, single spaces. `Ångström  AB` → `angstrom ab`. Only
 * accents go: the marks of other scripts make different letters.
 */
export function normalized(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim()
}

/** A username as we compare it: capitals and surrounding space make no difference, accents do. */
export function normalizedUsername(username: string): string {
  return username.normalize('NFC').trim().toLowerCase()
}

/** Control and direction characters, halves of characters, and numbers that are none and never will be. */
const UNFIT = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu

/** A sign that takes ink: others alone would leave somebody, or something, without a name. */
const INK = /[^\p{Default_Ignorable_Code_Point}\p{Z}\p{C}\u2800]/u

/**
 * Text made safe to keep: composed, without signs unfit for it, trimmed, one line; '' when nothing of it can be seen.
 */
export function oneLine(text: string): string {
  const line = text.normalize('NFC').replace(UNFIT, ' ').trim()
  return INK.test(line) ? line : ''
}

/** The pattern for `like … escape '\'` that finds `text` anywhere, every character taken literally. */
export function containing(text: string): string {
  return `%${normalized(text).replace(/[\\%_]/g, String.raw`\$&`)}%`
}
