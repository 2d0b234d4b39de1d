import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect } from 'chai'
import { projectRoot } from '../src/root.ts'
import { circlesAmong, importsOf, sources } from './support/sources.ts'
import { tableWritesOf } from './support/table-writes.ts'

const files = sources('src', '.ts')
const views = sources('views', '.ejs')

const WEB_LIBRARIES = /^(express|express-session|passport.*|multer|ejs|helmet|cookie-parser|csrf-csrf|node:https?)$/
const CORE_FOR_WEB_SHARED =
  /^src\/core\/(result|actors|secrets|names|email-address|passwords)\.ts$|^src\/core\/(audit\/refusals|second-factor\/(enter|keys|own|wrong-code)|sessions\/rows|throttle\/(attempts|rate-limiter))\.ts$/
const CORE_FOR_CUSTOMERS =
  /^src\/core\/(result|actors|secrets|names|email-address|passwords|sign-in)\.ts$|^src\/core\/(sessions|throttle)\/|^src\/core\/portal-users\/(opened|sign-in|own-email|own-home|own-password|own-portals|reset)\.ts$|^src\/core\/products\/own-products\.ts$|^src\/core\/contacts\/own-details\.ts$|^src\/core\/documents\/own-documents\.ts$|^src\/core\/invitations\/(accept|ask-again|dispute|link|own-invitations)\.ts$|^src\/core\/settings\/(office|brand|logo)\.ts$/

const MAY_NOT_IMPORT: [from: RegExp, target: (target: string) => boolean, why: string][] = [
  [/^src\/core\//, is(WEB_LIBRARIES), 'the core does not know that it is on the web'],
  [/^src\/core\//, is(/^src\/(web\/|app\.ts|serve|server|start|worker)/), 'the core is below the pages'],
  [/^src\/db\//, is(/^src\/(core|web|app|config)/), 'the database layer is below everything'],
  [/^src\/db\//, target => !/^(knex|pg|node:)|^src\/db\//.test(target), 'the database layer needs knex and pg only'],
  [/^src\/web\/shared\//, is(/^src\/web\/(staff|portal)\//), 'what both faces use knows neither'],
  [
    /^src\/web\/shared\//,
    target => target.startsWith('src/core/') && !CORE_FOR_WEB_SHARED.test(target),
    'what both faces use holds nothing of the business',
  ],
  [/^src\/web\/staff\//, is(/^src\/web\/portal\//), 'the faces do not know each other'],
  [/^src\/web\/portal\//, is(/^src\/web\/staff\//), 'the faces do not know each other'],
  [
    /^src\/web\/portal\//,
    target => target.startsWith('src/core/') && !CORE_FOR_CUSTOMERS.test(target),
    'customers reach only what takes a portal user, and what opens the door',
  ],
  [/^src\/web\//, is(/^src\/(app|serve|server|start|worker)\.ts$/), 'pages are mounted by the app, and do not know it'],
  [
    /^src\/[a-z]+\.ts$/,
    target => /^src\/web\/(staff|portal)\//.test(target) && !target.endsWith('/index.ts'),
    'a face is entered by its index',
  ],
]

/**
 * Who writes a table. A link belongs to the module of its purpose: `staff_setup` to team, `portal_reset` to
 * portal-users.
 */
const OWNERS: Record<string, string[]> = {
  access_denials: ['documents'],
  audit_events: ['audit'],
  batches: ['batches'],
  batch_items: ['batches'],
  companies: ['companies'],
  contacts: ['contacts'],
  selections: ['contacts', 'portal-users'],
  selection_items: ['contacts', 'portal-users'],
  documents: ['documents'],
  emails: ['mail'],
  folders: ['documents'],
  email_changes: ['portal-users'],
  imports: ['imports'],
  invitations: ['invitations'],
  registration_codes: ['invitations'],
  import_rows: ['imports'],
  jobs: ['jobs'],
  list_changes: ['contacts'],
  notifications: ['notifications'],
  portal_access: ['access'],
  portal_user_roles: ['roles'],
  portal_users: ['portal-users'],
  sign_in_names: ['portal-users'],
  sign_in_links: ['team', 'portal-users'],
  portals: ['portals'],
  products: ['products'],
  product_access: ['products'],
  rate_limits: ['throttle'],
  sign_in_attempts: ['throttle'],
  roles: ['roles'],
  recovery_codes: ['second-factor'],
  second_factors: ['second-factor'],
  sessions: ['sessions'],
  settings: ['settings'],
  staff_links: ['team'],
  staff_users: ['team'],
}
const NO_TABLE = /^(createHash|createHmac|hash|cipher|decipher|hmac|born)\b/

describe('The source', () => {
  for (const [from, isForbidden, why] of MAY_NOT_IMPORT) {
    it(`keeps its layers, ${from.source}: ${why}`, () => {
      const wrong = files
        .filter(file => from.test(file.path))
        .flatMap(file => importsOf(file).map(one => ({ file: file.path, target: one.target })))
        .filter(({ target }) => isForbidden(target))

      expect(wrong).to.deep.equal([])
    })
  }

  it('imports only files that are there, each with its ending', () => {
    const ours = files.flatMap(file => importsOf(file).filter(one => one.isOurs))

    const missing = ours.filter(({ target }) => !existsSync(path.join(projectRoot, target)))

    expect(ours).to.have.length.above(200)
    expect(missing).to.deep.equal([])
  })

  it('has no circles', () => {
    expect(circlesAmong(files)).to.deep.equal([])
  })

  it('asks the database nothing in the pages, and takes only the type of it there', () => {
    const pages = files.filter(file => file.path.startsWith('src/web/'))

    const queries = pages.filter(({ text }) =>
      /\bdb\(|\btrx\b|\.(raw|insert|where|whereIn|orderBy|transaction)\(/.test(text),
    )
    const connections = pages.filter(file =>
      importsOf(file).some(one => one.target.startsWith('src/db/') && !one.isType),
    )

    expect(queries.map(file => file.path)).to.deep.equal([])
    expect(connections.map(file => file.path)).to.deep.equal([])
  })

  it('writes each table in the folder of its owner only', () => {
    const writes = files.filter(file => file.path.startsWith('src/core/')).flatMap(tableWritesOf)

    const unread = writes.filter(({ table, said }) => table === null && !NO_TABLE.test(said))
    const foreign = writes.filter(({ table, file }) => table !== null && !owns(file, table))
    const neverWritten = Object.keys(OWNERS).filter(table => !writes.some(write => write.table === table))

    expect(unread).to.deep.equal([])
    expect(foreign).to.deep.equal([])
    expect(neverWritten).to.deep.equal([])
  })

  it('names an owner for every table there is', () => {
    const made = sources('migrations', '.ts').flatMap(({ text }) => [...text.matchAll(/createTable\('(\w+)'/g)])

    const tables = made.map(([, table]) => table)

    expect(tables).to.have.members(Object.keys(OWNERS))
  })

  it('has no drawers for things without a name, and no index files but three', () => {
    const drawers = files.filter(file => /\/(utils?|helpers?|common|types|services|managers)[/.]/.test(file.path))
    const indexes = files.filter(file => file.path.endsWith('/index.ts')).map(file => file.path)

    expect(drawers.map(file => file.path)).to.deep.equal([])
    expect(indexes).to.deep.equal(['src/db/index.ts', 'src/web/portal/index.ts', 'src/web/staff/index.ts'])
  })

  it('leaves nothing to do later', () => {
    const all = [...files, ...views, ...sources('migrations', '.ts'), ...sources('seeds', '.ts')]

    const notes = all.filter(({ text }) => /\b(TODO|FIXME|XXX|HACK)\b/.test(text))

    expect(notes.map(file => file.path)).to.deep.equal([])
  })

  it('reads the environment in one place, and the README lists all that it reads', () => {
    const readme = path.join(projectRoot, 'README.md')
    const readers = files.filter(({ text }) => text.includes('process.env')).map(file => file.path)
    const config = files.find(file => file.path === 'src/config.ts')?.text ?? ''
    const variables = [...config.matchAll(/\benv\.([A-Z0-9_]+)|\(env, '([A-Z0-9_]+)'/g)].map(([, a, b]) => a ?? b ?? '')

    const text = existsSync(readme) ? readFileSync(readme, 'utf8') : ''
    const unlisted = variables.filter(name => !new RegExp(`^\\|[^|]*\`${name}\``, 'm').test(text))

    expect(readers).to.deep.equal([
      'src/backup.ts',
      'src/migrate-engine.ts',
      'src/restore.ts',
      'src/server.ts',
      'src/worker.ts',
    ])
    expect(variables).to.include.members(['NODE_ENV', 'BASE_URL', 'APP_SECRET', 'DATA_DIR', 'PORT'])
    expect(unlisted).to.deep.equal([])
  })
})

describe('The views', () => {
  it('escape everything but parts of pages', () => {
    const isPart = (code: string): boolean => /^-?\s*(include\(|body\s*-?%>)/.test(code)

    const unescaped = views.flatMap(({ path: file, text }) =>
      text
        .split('<%-')
        .slice(1)
        .filter(code => !isPart(code))
        .map(code => `${file}: ${code.slice(0, 60)}`),
    )

    expect(unescaped).to.deep.equal([])
  })

  it('draw the body of a page in layouts only', () => {
    const drawing = views.filter(({ text }) => /<%-\s*body/.test(text)).map(view => view.path)

    expect(drawing).to.deep.equal(['views/portal/layout.ejs', 'views/shared/layout.ejs', 'views/staff/layout.ejs'])
  })

  it('hold no script and no style of their own', () => {
    const wrong = views.flatMap(({ path: file, text }) => {
      const html = text.replace(/<%[\s\S]*?%>/g, '')
      const found = /<script(?![^>]*\ssrc=")[^>]*>|<style|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:/i.exec(html)
      return found ? [`${file}: ${found[0]}`] : []
    })

    expect(wrong).to.deep.equal([])
  })

  it('include only parts that exist, of their own face or of both', () => {
    const wrong = views.flatMap(({ path: file, text }) =>
      [...text.matchAll(/include\(\s*(?:'([^']+)')?/g)]
        .map(([, part = '?']) => path.posix.join(path.posix.dirname(file), `${part}.ejs`))
        .filter(part => !views.some(view => view.path === part) || !mayInclude(file, part))
        .map(part => `${file}: ${part}`),
    )

    expect(wrong).to.deep.equal([])
  })
})

function is(pattern: RegExp): (target: string) => boolean {
  return target => pattern.test(target)
}

function owns(file: string, table: string): boolean {
  return (OWNERS[table] ?? []).some(owner => file.startsWith(`src/core/${owner}/`))
}

function mayInclude(file: string, part: string): boolean {
  const [, face = ''] = file.split('/')
  return part.startsWith('views/shared/') || part.startsWith(`views/${face}/`)
}
