import ejs from 'ejs'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from '../../root.ts'

type Locals = Record<string, unknown>
type Include = (view: string, more?: Locals) => string
type Draw = (locals: Locals) => string

interface View {
  file: string
  text: string
  /** The words of its code; those of them that are locals are its variables. */
  words: string[]
  /** Compiled, by which of these words are locals. */
  draws: Map<string, Draw>
  /** The views it includes, by the name it calls them. */
  included: Map<string, View>
}

const views = new Map<string, View>()

/**
 * What EJS calls its own, and words of the language that may stand in a text of a view, cannot be the names of locals.
 */
const NO_LOCALS =
  /^(locals|include|escapeFn|rethrow|__\w+|break|case|class|const|default|delete|do|else|export|for|function|if|import|in|new|null|of|return|switch|this|true|false|typeof|var|void|while|with|let|static|yield|enum|try|catch|throw|super|extends|finally|continue|debugger|instanceof|await|async)$/

/**
 * The HTML of a view, by its name as in "staff/contacts/list". Each is read once, without its indentation, which is a sixth of
 * a long list, and compiled once for the locals it is given; what a view includes is looked up once as well.
 */
export function drawn(name: string, locals: Locals): string {
  return drawnWith(viewAt(path.join(projectRoot, 'views', `${name}.ejs`)), locals)
}

function drawnWith(view: View, locals: Locals): string {
  const include: Include = (name, more) => {
    let inner = view.included.get(name)
    if (!inner) view.included.set(name, (inner = viewAt(path.resolve(path.dirname(view.file), `${name}.ejs`))))
    return drawnWith(inner, more ? { ...locals, ...more } : locals)
  }
  return drawFor(view, locals)({ ...locals, include })
}

/** The same as `with (locals)`, which would look up every word of the view, ours and EJS's, in the locals each time. */
function drawFor(view: View, locals: Locals): Draw {
  let known = ''
  for (const word of view.words) known += Object.hasOwn(locals, word) ? '1' : '0'
  let draw = view.draws.get(known)
  if (!draw) view.draws.set(known, (draw = compiled(view, locals)))
  return draw
}

function compiled({ file, text, words }: View, locals: Locals): Draw {
  // In a block of its own a view may give a variable the name of a local; EJS's own include would look for the file each time.
  const inBlock = `<%{const include=locals.include-%>${text}<%}-%>`
  return ejs.compile(inBlock, {
    filename: file,
    rmWhitespace: true,
    escape: escaped,
    _with: false,
    destructuredLocals: words.filter(word => Object.hasOwn(locals, word)),
    unsafePrototypeLocals: true, // they are copied already
  } as ejs.Options) as Draw
}

function viewAt(file: string): View {
  const known = views.get(file)
  if (known) return known
  const text = readFileSync(file, 'utf8')
  const code = [...text.matchAll(/<%[^#%]([\s\S]*?)%>/g)].map(([whole]) => whole).join(' ')
  const words = [...new Set(code.match(/[A-Za-z_$][\w$]*/g))].filter(word => !NO_LOCALS.test(word))
  const view: View = { file, text, words, draws: new Map(), included: new Map() }
  views.set(file, view)
  return view
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

/** Most of what is shown holds nothing to escape. */
function escaped(value?: string | number | null): string {
  const text = String(value ?? '')
  return /[&<>"']/.test(text) ? text.replace(/[&<>"']/g, sign => ENTITIES[sign] ?? sign) : text
}
