import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { projectRoot } from '../../src/root.ts'
import { describeOn } from '../support/engine.ts'
import { freePort } from '../support/free-port.ts'
import { scratchFolder } from '../support/scratch.ts'

const SECRET = 'a secret that only this test knows, long enough'

interface Place {
  what: string
  /** What is wrong there; the answer is what Portico is told. */
  prepare: (folder: string) => Record<string, string>
  said: RegExp
  /** A person to whom nothing is forbidden cannot try it. */
  notAsRoot?: true
}

const PLACES: Place[] = [
  {
    what: 'a file stands where its folder is to be',
    prepare(folder) {
      writeFileSync(path.join(folder, 'data'), 'none')
      return { DATA_DIR: path.join(folder, 'data') }
    },
    said: /^Portico cannot use .*data.* \((ENOTDIR|EEXIST)\)\. Give the account it runs as a folder of its own as DATA_DIR\.\n$/,
  },
  {
    what: 'a folder stands where its database is to be',
    prepare(folder) {
      mkdirSync(path.join(folder, 'office.db'))
      return { DATABASE_URL: `sqlite:${path.join(folder, 'office.db')}` }
    },
    said: /^Portico cannot use its SQLite database \(SQLITE_CANTOPEN\)\. Look at DATA_DIR and DATABASE_URL, .*\n$/,
  },
  {
    what: 'another file stands where its database is to be',
    prepare(folder) {
      writeFileSync(path.join(folder, 'office.db'), 'a letter, and no database at all; '.repeat(200))
      return { DATABASE_URL: `sqlite:${path.join(folder, 'office.db')}` }
    },
    said: /^Portico cannot use its SQLite database \(SQLITE_NOTADB\)\. .*\n$/,
  },
  {
    what: 'it may not write into its folder',
    prepare(folder) {
      chmodSync(folder, 0o500)
      return { DATA_DIR: path.join(folder, 'data') }
    },
    said: /^Portico cannot use .* \(EACCES\)\. .*\n$/,
    notAsRoot: true,
  },
]

describeOn('sqlite')('Portico does not start and says why in one line', function () {
  this.timeout(60_000)
  let folder: string
  beforeEach(() => void (folder = mkdtempSync(path.join(scratchFolder(), 'boot-'))))
  afterEach(() => {
    chmodSync(folder, 0o700)
    rmSync(folder, { recursive: true, force: true })
  })

  for (const { what, prepare, said, notAsRoot } of PLACES)
    it(`when ${what}`, async function () {
      if (notAsRoot && process.getuid?.() === 0) return this.skip()

      const started = await end(prepare(folder))

      expect(started.said).to.match(said)
      expect(started.code).to.equal(1)
    })

  async function end(settings: Record<string, string>): Promise<{ code: number | null; said: string }> {
    const own = {
      NODE_ENV: 'test',
      HOST: 'localhost',
      PORT: String(await freePort()),
      DATA_DIR: folder,
      APP_SECRET: SECRET,
    }
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/server.ts'], {
      cwd: projectRoot,
      env: { ...process.env, DATABASE_URL: '', ...own, LOG_LEVEL: 'silent', ...settings },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', piece => (said += String(piece)))
    const [code] = (await once(child, 'close')) as [number | null]
    return { code, said }
  }
})
