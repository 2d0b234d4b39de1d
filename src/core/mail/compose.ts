/** What a mail says, and which parts of it nobody but its reader may see. */
export interface Message {
  template: string
  subject: string
  parts: Part[]
  /** The parts as text. */
  text: string
  secrets: string[]
}

/** What every mail says of its sender. */
export interface Office {
  officeName: string
  /** As in "Europe/London": moments are told in it. */
  timeZone: string
}

/** A paragraph, or something to copy under its name. */
export type Part = string | [name: string, value: string | { link: string }]

/** A mail of these parts. `secrets` are masked wherever staff may read it. */
export function composed(template: string, subject: string, secrets: string[], parts: Part[]): Message {
  return { template, subject, secrets, parts, text: textOf(parts) }
}

/** The parts as text. */
export function textOf(parts: Part[]): string {
  return `${parts.map(asText).join('\n\n')}\n`
}

/**
 * The parts as HTML, with the same words as in the text. Made when a mail is sent, each time it is tried: the same parts make
 * the same page.
 */
export function pageOf(title: string, parts: Part[]): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
</head>
<body style="font-family: sans-serif; font-size: 16px; line-height: 1.5">
<h1 style="font-size: 20px">${escaped(title)}</h1>
${parts.map(asHtml).join('\n')}
</body>
</html>
`
}

function asText(part: Part): string {
  if (typeof part === 'string') return part
  const [name, value] = part
  return `${name}:\n${typeof value === 'string' ? value : value.link}`
}

function asHtml(part: Part): string {
  if (typeof part === 'string') return `<p>${escaped(part).replaceAll('\n', '<br>\n')}</p>`
  const [name, value] = part
  const shown = typeof value === 'string' ? `<strong>${escaped(value)}</strong>` : anchor(value.link)
  return `<p>${escaped(name)}:<br>${shown}</p>`
}

function anchor(link: string): string {
  return `<a href="${escaped(link)}">${escaped(link)}</a>`
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => ENTITIES[character] ?? '')
}

/** One a zone, of which few are set: making one takes longer than writing a mail. */
const clocks = new Map<string, Intl.DateTimeFormat>()

/** A moment in words, with its time zone: mails are read anywhere. */
export function moment(ms: number, timeZone: string): string {
  const known = clocks.get(timeZone)
  const clock = known ?? new Intl.DateTimeFormat('en-GB', { timeZone, dateStyle: 'long', timeStyle: 'short' })
  if (!known) clocks.set(timeZone, clock)
  return `${clock.format(ms)} (${timeZone})`
}
