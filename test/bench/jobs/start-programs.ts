import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from '../../../src/root.ts'

const BESIDE_THE_BUILD = ['package.json', 'node_modules', 'views', 'public']

/** Portico, built as for production into a folder of its own. */
export function builtProgram(folder: string): string {
  const home = homeIn(folder, 'built')
  const program = path.join(home, 'dist', 'src', 'server.js')
  if (existsSync(program)) return program
  const tsc = path.join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc')
  const config = path.join(projectRoot, 'tsconfig.json')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', config, '--outDir', path.join(home, 'dist')])
  if (status !== 0) throw new Error(`The build failed: ${stdout.toString()}`)
  return program
}

/** An application that answers everything with one word, and imports every library that Portico needs. */
export function bareProgram(folder: string): string {
  const { dependencies } = read('package.json') as { dependencies: Record<string, string> }
  const file = path.join(homeIn(folder, 'bare'), 'server.mjs')
  const imports = Object.keys(dependencies).map(name => `import '${name}'`)
  const serve = "express().use((_req, res) => res.send('ok')).listen(Number(process.env.PORT), '127.0.0.1')"
  writeFileSync(file, [...imports, "import express from 'express'", serve].join('\n'))
  return file
}

/** The packages that an installation without those for development has. */
export function productionInstall(): { megabytes: number; packages: number } {
  const { packages } = read('package-lock.json') as { packages: Record<string, { dev?: boolean }> }
  const folders = Object.entries(packages)
    .filter(([at, { dev }]) => at !== '' && !dev)
    .map(([at]) => path.join(projectRoot, at))
    .filter(folder => existsSync(folder))
  const bytes = folders.reduce((sum, folder) => sum + bytesIn(folder), 0)
  return { megabytes: bytes / 1024 / 1024, packages: folders.length }
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(path.join(projectRoot, file), 'utf8'))
}

function homeIn(folder: string, name: string): string {
  const home = path.join(folder, name)
  mkdirSync(home, { recursive: true })
  for (const one of BESIDE_THE_BUILD) {
    if (!existsSync(path.join(home, one))) symlinkSync(path.join(projectRoot, one), path.join(home, one))
  }
  return home
}

/** Packages inside a package are counted as themselves. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const at = path.join(folder, entry.name)
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesIn(at)
    return entry.isFile() ? sum + statSync(at).size : sum
  }, 0)
}
