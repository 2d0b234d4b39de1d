import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from '../../src/root.ts'

/** A file of ours; `path` is counted from the project's folder, with slashes. */
export interface Source {
  path: string
  text: string
}

/** One import: of one of our files by its path, or of a library by its name. */
export interface Import {
  target: string
  isOurs: boolean
  isType: boolean
}

/** The files below a folder whose names end like this, in order of their paths. */
export function sources(folder: string, ending: string): Source[] {
  return readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith(ending))
    .map(name => `${folder}/${name.split(path.sep).join('/')}`)
    .toSorted()
    .map(file => ({ path: file, text: readFileSync(path.join(projectRoot, file), 'utf8') }))
}

/** What a file imports or re-exports, `import('…')` included. */
export function importsOf({ path: file, text }: Source): Import[] {
  const told = [...text.matchAll(/^(import|export)\s(type\s)?(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]/gm)]
  const asked = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)]
  return [
    ...told.map(([, , type, target = '']) => importOf(file, target, type !== undefined)),
    ...asked.map(([, target = '']) => importOf(file, target, false)),
  ]
}

function importOf(from: string, target: string, isType: boolean): Import {
  const isOurs = target.startsWith('.')
  return { target: isOurs ? path.posix.join(path.posix.dirname(from), target) : target, isOurs, isType }
}

/** A function and how many lines are its own: those of functions inside it are counted there. */
export interface Measured {
  name: string
  lines: number
}

/** The functions of a formatted file: each ends at the next closing bracket as far in as its first line. */
export function functionsIn({ path: file, text }: Source): Measured[] {
  const lines = text.split('\n')
  const open: { name: string; indent: number; lines: number }[] = []
  const done: Measured[] = []
  for (const [index, line] of lines.entries()) {
    const indent = line.search(/\S|$/)
    const inside = open.at(-1)
    if (inside) inside.lines += 1
    if (inside && indent === inside.indent && /^\s*\}/.test(line)) {
      open.pop()
      done.push({ name: inside.name, lines: inside.lines })
    }
    if (beginsFunction(line, lines[index + 1] ?? '', indent)) {
      open.push({ name: `${file}:${String(index + 1)} ${line.trim()}`, indent, lines: 1 })
    }
  }
  return done
}

const NO_METHOD = /^\s*(if|for|while|switch|catch|return|await|else|do|expect|\})\b/

function beginsFunction(line: string, next: string, indent: number): boolean {
  if (/\}\s*$/.test(line) && !/=> \{\s*$/.test(line)) return false // as long as its one line
  const isLong = next.search(/\S|$/) > indent
  const isNamed = /^\s*(export )?(async )?function\b/.test(line)
  const isMethod = /^\s+((private|protected|override|async|static|get|set) )*[#\w]+\(.*\{$/.test(line)
  return isLong && (isNamed || line.endsWith('=> {') || (isMethod && !NO_METHOD.test(line)))
}

/** Circles among the files, each as the way round. */
export function circlesAmong(files: Source[]): string[] {
  const known = new Map(
    files.map(file => [file.path, importsOf(file).flatMap(one => (one.isOurs ? [one.target] : []))]),
  )
  const finished = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, way: string[]): void => {
    const at = way.indexOf(file)
    if (at >= 0) circles.push([...way.slice(at), file].join(' → '))
    if (at >= 0 || finished.has(file)) return
    for (const target of known.get(file) ?? []) visit(target, [...way, file])
    finished.add(file)
  }
  for (const file of known.keys()) visit(file, [])
  return circles
}
