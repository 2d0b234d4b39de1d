import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { projectRoot } from '../../src/root.ts'

interface Package {
  version: string
  license?: string
  dev?: boolean
}

const LICENCES = /^\(?(MIT|MIT-0|ISC|0BSD|BSD-[23]-Clause|Apache-2\.0|BlueOak-1\.0\.0)\b/

/** Those that say their licence in a file alone; each is MIT. */
const SAID_IN_A_FILE = ['busboy', 'passport-local', 'passport-strategy', 'pause', 'streamsearch']

describe('The page of dependencies', () => {
  const page = read('test/security/dependencies.md')
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Package> }
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }

  it('names every production dependency with the version that is installed', () => {
    const rows = new Map(
      [...page.matchAll(/^\| ([\w@/.-]+) +\| ([\d.]+) +\|/gm)].map(([, name, version]) => [name, version]),
    )

    const astray = Object.keys(dependencies).filter(
      name => rows.get(name) !== packages[`node_modules/${name}`]?.version,
    )

    expect(astray).to.deep.equal([])
    expect([...rows.keys()].toSorted()).to.deep.equal(Object.keys(dependencies).toSorted())
  })

  it('is right that all that runs in production has a licence that asks no more than to be named', () => {
    const others = Object.entries(packages).filter(([folder, { dev, license = '' }]) => {
      const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length)
      return folder !== '' && !dev && !LICENCES.test(license) && !SAID_IN_A_FILE.includes(name)
    })

    expect(others.map(([folder, { license }]) => `${folder}: ${license ?? 'none'}`)).to.deep.equal([])
  })
})

function read(file: string): string {
  return readFileSync(path.join(projectRoot, file), 'utf8')
}
