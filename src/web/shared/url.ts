/** A URL as it was asked for, or null where it is none. */
export function urlOf(text: string, base?: string): URL | null {
  try {
    return new URL(text, base) // once it is called often, canParse of Node 20 takes what is none beyond ASCII
  } catch {
    return null
  }
}
