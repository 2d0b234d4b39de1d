import { expect } from 'chai'
import { aCast, tokenFor, type Cast } from '../support/actors.ts'
import { engine } from '../support/engine.ts'
import { forms } from '../support/matrix.ts'
import { cookieOf, sendForm } from '../support/sent-forms.ts'
import { formHeaders, wire, type WireReply } from '../support/wire.ts'

const SPARED = /sign-out$/ // they end the session that the next form needs

/** How one field can be sent by somebody who wants to break it. */
const HOSTILE: [what: string, entries: (name: string) => [string, string][]][] = [
  ['nothing', () => []],
  ['nothing in it', name => [[name, '']]],
  [
    'two values',
    name => [
      [name, 'a'],
      [name, 'b'],
    ],
  ],
  [
    'a list and an object',
    name => [
      [`${name}[]`, 'a'],
      [`${name}[a]`, 'b'],
      [`${name}.c`, 'd'],
    ],
  ],
  [
    'a prototype',
    name => [
      ['__proto__', name],
      [`${name}[__proto__]`, 'x'],
      ['constructor', 'y'],
      ['toString', 'z'],
    ],
  ],
  [
    'a NUL',
    name => [
      [name, '\0'],
      ['na\0me', 'x'],
    ],
  ],
  ['a NUL inside', name => [[name, 'a\0b']]],
  ['half a character', name => [[name, '\ud83d']]],
  ['code', name => [[name, `'"><script>alert(1)</script>{{7*7}}<%= 1 %>' or 1=1 --`]]],
  ['a huge number', name => [[name, '99999999999999999999']]],
  ['99,999 characters', name => [[name, 'x'.repeat(99_000)]]],
  [
    'other people’s columns',
    () => [
      ['role', 'admin'],
      ['id', '1'],
      ['password_hash', 'x'],
      ['session_version', '1'],
      ['is_admin', '1'],
    ],
  ],
]

/** Of these no text comes as far as a database: they are the same on every engine. */
const NO_VALUE = new Set(['nothing', 'two values', 'a list and an object', 'a prototype', 'other people’s columns'])

const QUERIES = [
  'page=0',
  'page=-1',
  'page=99999999999',
  'page=1e3',
  'page[]=1',
  'page=1&page=2',
  'size=7',
  'size=-1',
  'size=1000000',
  'sort=password_hash',
  'sort=-name;drop',
  'sort=__proto__',
  's=AAAAAAAAAAAA',
  's=unknown',
  's[]=x',
  'q=%00',
  'q=a%00b',
  "q='",
  'q=%25_%5C',
  'q=%F0%9F',
  'portal=99999999999',
  'portal=abc',
  'portal=-5',
  'state=constructor',
  'type=toString',
  'only=selected&s=AAAAAAAAAAAA',
  'company=%00',
  'archived=yes&archived=no',
  'status=__proto__',
  '__proto__[x]=1',
  `q=${'x'.repeat(4000)}`,
  'look=again',
]
const IDS = [
  '0',
  '-5',
  '1abc',
  '99999999999',
  '2147483648',
  '1e1',
  '01',
  '1.0',
  'NaN',
  '%00',
  '1%00',
  "1'",
  '1%20or%201=1',
  '１',
  '__proto__',
]

describe('Hostile input', () => {
  let cast: Cast
  let turns = 0
  before(async () => {
    cast = await aCast()
  })
  after(() => cast.world.end())

  for (const [what, entries] of HOSTILE.filter(([kind]) => engine === 'sqlite' || !NO_VALUE.has(kind))) {
    it(`in a field is no failure of ours: ${what}`, async () => {
      const wrong: string[] = []
      for (const row of forms.filter(form => !form.upload && !SPARED.test(form.path))) {
        if (row.path.endsWith('/choose-password') && what === 'code') continue // it is a good password
        for (const name of [...Object.keys(row.body ?? {}), 'go']) {
          if (!NO_VALUE.has(what) && !isTurnOf(engine)) continue
          const reply = await sendForm(cast, row, [name], entries(name))
          if (reply.status >= 500 || reply.status === 403) wrong.push(`${row.path} ${name}: ${String(reply.status)}`)
        }
      }

      expect(wrong).to.deep.equal([])
    }).timeout(120_000)
  }

  /** What may come as far as a database goes to one engine and the other in turns; `npm run test:faults` sends it to both. */
  function isTurnOf(one: typeof engine): boolean {
    turns += 1
    return (turns % 2 === 0) === (one === 'sqlite')
  }

  it('in an address is left out or leads nowhere, and the same on every engine', async () => {
    const paths = [
      '/staff/contacts',
      '/staff/companies',
      '/staff/imports',
      '/staff/contacts/export',
      '/staff/contacts/export.csv',
      '/staff/settings',
    ]

    const wrong: string[] = []
    for (const path of [...paths, '/staff/emails'])
      for (const query of QUERIES) {
        const reply = await cast.browsers.admin.raw('GET', `${path}?${query}`)
        // a selection that is not there is the one thing that does not exist
        const expected = query.includes('only=selected') && path.startsWith('/staff/contacts') ? [404] : [200, 303]
        if (!expected.includes(reply.status)) wrong.push(`${path}?${query.slice(0, 40)}: ${String(reply.status)}`)
      }
    for (const query of QUERIES) {
      const reply = await cast.browsers.admin.raw('GET', `/staff/contacts/bulk?${query}`)
      if (reply.status !== 404) wrong.push(`/staff/contacts/bulk?${query.slice(0, 40)}: ${String(reply.status)}`)
    }

    expect(wrong).to.deep.equal([])
  }).timeout(120_000)

  it('in the place of an id is a page that does not exist', async () => {
    const folders = [
      '/staff/contacts',
      '/staff/companies',
      '/staff/emails',
      '/staff/portals',
      '/staff/batches',
      '/staff/imports',
      '/portal/portals',
    ]
    const cookie = { staff: cookieOf(cast.browsers.admin), portal: cookieOf(cast.browsers.portalUser) }

    const wrong: string[] = []
    for (const folder of folders)
      for (const id of IDS) {
        const path = `${folder}/${encodeURI(decodeURIComponent(id)).replace('%00', '%00')}`
        const headers = { cookie: folder.startsWith('/staff') ? cookie.staff : cookie.portal }
        const reply = await wire(cast.world, { path, headers })
        if (reply.status !== 404) wrong.push(`${path}: ${String(reply.status)}`)
      }

    expect(wrong).to.deep.equal([])
  })

  it('that is too long, or no form at all, is refused before it is read', async () => {
    const token = await tokenFor(cast.browsers.admin, 'staff')
    const cookie = cookieOf(cast.browsers.admin)
    const ask = (type: string, body: string): Promise<WireReply> =>
      wire(cast.world, {
        method: 'POST',
        path: '/staff/companies',
        headers: { ...formHeaders(cookie), 'content-type': type },
        body,
      })

    const form = 'application/x-www-form-urlencoded'
    expect((await ask(form, `_csrf=${token}&name=${'x'.repeat(1_048_576)}`)).status).to.equal(413)
    expect((await ask(form, `_csrf=${token}&${'a=1&'.repeat(1_100)}`)).status).to.equal(413)
    for (const type of ['application/json', 'text/plain', 'text/xml', 'multipart/form-data; boundary=x', 'nonsense'])
      expect((await ask(type, JSON.stringify({ _csrf: token, name: 'x' }))).status, type).to.equal(415)
    expect((await ask(`${form}; charset=latin-9`, `_csrf=${token}&name=x`)).status).to.equal(415)
    expect((await ask(form, '')).status).to.equal(403)
  })
})

describe('The page of a failure', () => {
  it('has a number to quote, and nothing of the failure itself', async () => {
    const cast = await aCast()
    try {
      await cast.world.db.schema.renameTable('companies', 'companies_gone')

      const reply = await cast.browsers.admin.raw('GET', '/staff/companies')

      expect(reply.status).to.equal(500)
      expect(reply.text).to.match(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-/)
      expect(reply.text).not.to.match(/companies_gone|select |SQLITE|at .*\.ts|node_modules|relation|no such table/)
    } finally {
      await cast.world.end()
    }
  })
})
