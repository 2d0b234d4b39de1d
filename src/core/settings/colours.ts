/** Red, green and blue from 0 to 255. */
type Rgb = [number, number, number]

/** Text and what it stands on need this contrast: WCAG 2.2, 1.4.3. */
export const LEAST_CONTRAST = 4.5

/** The least bright of the light surfaces that text in the colour stands on, and the brightest of the dark ones. */
const PAPER = '#f5f4f0'
const DARK_SURFACE = '#1a1e21'

const WHITE = '#ffffff'
const BLACK = '#000000'
const DARK_INK = '#0b0e10'

/** The shades made of one colour: for light and for dark pages. */
export interface Shades {
  accent: string
  strong: string
  wash: string
  /** Text on `accent`. */
  on: string
}

/** A colour as we keep it, `#12545a`, or null for what is none. */
export function readColour(text: string): string | null {
  return /^#[0-9a-f]{6}$/i.test(text) ? text.toLowerCase() : null
}

/** The contrast of two colours, from 1 to 21, as WCAG counts it. */
export function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
  return (lighter + 0.05) / (darker + 0.05)
}

/** How well text in this colour can be read on our light pages; white text on it can be read a little better. */
export function contrastOnPaper(colour: string): number {
  return contrast(colour, PAPER)
}

/** The shades for light pages. The colour itself needs `LEAST_CONTRAST` on paper; all others then have theirs. */
export function lightShades(accent: string): Shades {
  const wash = first(
    steps(0.1, 0, -0.01).map(share => mixed(WHITE, accent, share)),
    one => reads(accent, one),
  )
  return { accent, strong: mixed(accent, BLACK, 0.3), wash, on: WHITE }
}

/** The shades for dark pages: the colour made lighter until it can be read there, as a dark one cannot. */
export function darkShades(colour: string): Shades {
  const wash = mixed(DARK_SURFACE, colour, 0.15)
  const lighter = steps(0, 1, 0.05).map(share => mixed(colour, WHITE, share))
  const accent = first(lighter, one => contrast(one, DARK_SURFACE) >= 7 && reads(one, wash))
  return { accent, strong: mixed(accent, WHITE, 0.4), wash, on: DARK_INK }
}

function reads(text: string, ground: string): boolean {
  return contrast(text, ground) >= LEAST_CONTRAST
}

function steps(from: number, to: number, by: number): number[] {
  return Array.from({ length: Math.round((to - from) / by) + 1 }, (_, index) => from + index * by)
}

function first(colours: string[], isGood: (colour: string) => boolean): string {
  return colours.find(isGood) ?? WHITE
}

/** `share` of the second colour, the rest of the first. */
function mixed(one: string, other: string, share: number): string {
  const [a, b] = [rgb(one), rgb(other)]
  const parts = a.map((part, index) => Math.round(part * (1 - share) + (b[index] ?? 0) * share))
  return `#${parts.map(part => part.toString(16).padStart(2, '0')).join('')}`
}

function luminance(colour: string): number {
  const [red, green, blue] = rgb(colour).map(part => {
    const share = part / 255
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as Rgb
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function rgb(colour: string): Rgb {
  return [1, 3, 5].map(at => Number.parseInt(colour.slice(at, at + 2), 16)) as Rgb
}
