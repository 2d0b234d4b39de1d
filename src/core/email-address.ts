import { domainToASCII } from 'node:url'

const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
const DOMAIN = /^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/i

/** A part that stands for other letters, and may do so wrongly. */
const ENCODED = /(^|\.)xn--/i

/**
 * The key under which an address is compared and stored once: lower case, domain in ASCII. Null when it is not one
 * plain address. The part before the @ must be plain letters: look-alike letters have let people take over accounts.
 */
export function emailKey(address: string): string | null {
  const trimmed = address.normalize('NFC').trim()
  const at = trimmed.lastIndexOf('@')
  if (at < 1) return null
  const local = trimmed.slice(0, at)
  const written = trimmed.slice(at + 1)
  const domain = DOMAIN.test(written) && !ENCODED.test(written) ? written : domainToASCII(written)
  if (local.length > 64 || !LOCAL_PART.test(local) || !DOMAIN.test(domain)) return null
  const key = `${local}@${domain}`.toLowerCase()
  return key.length <= 254 ? key : null
}

/** The address in a cell of a sheet: some programs write it as the link they make of it. */
export function unlinkedAddress(cell: string): string {
  return cell.trim().replace(/^mailto:/i, '')
}
