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

/** Text made safe to keep: composed, without control and direction characters, trimmed, one line. */
export function oneLine(text: string): string {
  return text
    .normalize('NFC')
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .trim()
}

/** The pattern for `like … escape '\'` that finds `text` anywhere, every character taken literally. */
export function containing(text: string): string {
  return `%${normalized(text).replace(/[\\%_]/g, String.raw`\$&`)}%`
}
