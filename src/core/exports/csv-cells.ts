/*
 * A spreadsheet runs a cell that begins like a formula. Every such cell we write gets one apostrophe in front, and so
 * does text that begins with apostrophes and then like a formula: that way the apostrophe we added can be told from
 * one that was there, and reading back gives exactly what was written.
 */

const NEEDS_GUARD = /^'*[=+\-@\t\r\n\0＝＋－＠]/
const GUARDED = /^''*[=+\-@\t\r\n\0＝＋－＠]/

/** The value as a cell that no spreadsheet will run. */
export function guardedCell(value: string): string {
  return NEEDS_GUARD.test(value) ? `'${value}` : value
}

/** The value of a cell, without the one apostrophe that `guardedCell` adds. */
export function unguardedCell(cell: string): string {
  return GUARDED.test(cell) ? cell.slice(1) : cell
}
