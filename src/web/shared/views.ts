import ejs from 'ejs'
import { readFileSync } from 'node:fs'
import path from 'node:path'

type Locals = Record<string, unknown>
type Include = (view: string, more?: Locals) => string

interface View {
  draw: (locals: Locals) => string
  /** The views it includes, by the name it calls them. */
  included: Map<string, View>
}

const views = new Map<string, View>()

/**
 * Draws a view for Express. Each is read and compiled once, without its indentation, which is a sixth of a long list; what a
 * view includes is looked up once as well.
 */
export function drawView(file: string, locals: object, done: (error: Error | null, html?: string) => void): void {
  let html: string
  try {
    html = drawn(viewAt(file), file, locals as Locals)
  } catch (error) {
    return done(error as Error)
  }
  done(null, html)
}

function drawn(view: View, file: string, locals: Locals): string {
  const include: Include = (name, more) => {
    const at = path.resolve(path.dirname(file), `${name}.ejs`)
    let inner = view.included.get(name)
    if (!inner) view.included.set(name, (inner = viewAt(at)))
    return drawn(inner, at, more ? { ...locals, ...more } : locals)
  }
  // Found before EJS's own, which would copy all locals for everything included, and look for the file each time.
  return view.draw(Object.assign(Object.create(null) as Locals, locals, { include }))
}

function viewAt(file: string): View {
  const known = views.get(file)
  if (known) return known
  const draw = ejs.compile(readFileSync(file, 'utf8'), {
    filename: file,
    rmWhitespace: true,
    escape: escaped,
    unsafePrototypeLocals: true, // they have no prototype
  } as ejs.Options) as View['draw']
  const view = { draw, included: new Map<string, View>() }
  views.set(file, view)
  return view
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

/** Most of what is shown holds nothing to escape. */
function escaped(value?: string | number | null): string {
  const text = String(value ?? '')
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, sign => ENTITIES[sign] ?? sign) : text
}
