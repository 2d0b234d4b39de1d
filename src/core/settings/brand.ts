import { darkShades, lightShades, readColour, type Shades } from './colours.ts'

/** Goes up whenever the same colour is to give another stylesheet: browsers keep one for a year. */
const MADE = 1

/** What the address of the stylesheet of a colour ends in, so that another colour has another address. */
export function brandVersion(colour: string): string {
  return `${String(MADE)}-${colour.replace('#', '')}`
}

/** The stylesheet that puts this colour in the place of ours, in light and in dark; nothing where none is set. */
export function brandStyle(colour: string): string {
  const chosen = readColour(colour)
  if (chosen === null) return ''
  const [light, dark] = [lightShades(chosen), darkShades(chosen)]
  const token = (name: string, shade: keyof Shades): string =>
    `    --${name}: light-dark(${light[shade]}, ${dark[shade]});`
  const tokens = [
    token('accent', 'accent'),
    token('accent-strong', 'strong'),
    token('accent-wash', 'wash'),
    token('on-accent', 'on'),
  ]
  return `@layer tokens {\n  :root {\n${tokens.join('\n')}\n  }\n}\n`
}
