import { expect } from 'chai'
import net from 'node:net'
import { buffer } from 'node:stream/consumers'
import { fromBuffer, type ZipFile } from 'yauzl'
import { documentName } from '../../src/core/documents/documents.ts'
import { aCast, tokenFor, type Cast } from '../support/actors.ts'
import { describeOn } from '../support/engine.ts'
import { multipart, type Entry } from '../support/multipart.ts'
import { harmIn, NAUGHTY } from '../support/naughty.ts'
import { OWN_PASSWORD } from '../support/people.ts'
import { cookieOf } from '../support/sent-forms.ts'
import type { World } from '../support/world.ts'

const AT_ONCE = 20
// eslint-disable-next-line no-control-regex
const NO_HEADER = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/
const READ_FROM = [
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'X-Request-Id',
  'Referer',
  'User-Agent',
  'Accept',
  'Accept-Language',
  'Accept-Encoding',
  'Range',
  'If-None-Match',
  'If-Modified-Since',
  'If-Range',
]

// Requests are read before any database is asked; the strings are in both elsewhere.
describeOn('sqlite')('A naughty string', function () {
  this.timeout(120_000)
  let cast: Cast
  before(async () => void (cast = await aCast()))
  after(() => cast.world.end())

  it('in the headers of a request changes nothing of the answer', async () => {
    const cookie = cookieOf(cast.browsers.admin)

    const asked = (string: string): string[] => [
      'GET /staff/password HTTP/1.1',
      ...READ_FROM.map(name => `${name}: ${string}`),
      `Cookie: ${cookie}`,
    ]
    const plain = unchanging(await answerTo(cast.world, asked('x')))
    const odd: string[] = []

    const wrong = await answersOtherThan(/^(200|400)$/, asked, answer => {
      if (answer.status === '200') odd.push(...unchanging(answer).filter((line, at) => line !== plain[at]))
    })

    expect(wrong).to.deep.equal([])
    expect(plain.join()).to.include('Content-Security-Policy').and.include('</html>')
    expect(odd).to.deep.equal([])
  })

  it('as the host, a cookie or the type of a form leads nowhere', async () => {
    const cookie = cookieOf(cast.browsers.admin)
    const lines: [RegExp, (string: string) => string[]][] = [
      [/^(400|421)$/, string => ['GET /staff/sign-in HTTP/1.1', `Host: ${string}`]],
      [/^(303|400)$/, string => ['GET /staff/contacts HTTP/1.1', `Cookie: staff=${string}; staff_form=${string}`]],
      [/^(400|403|415)$/, string => ['POST /staff/companies HTTP/1.1', `Content-Type: ${string}`, `Cookie: ${cookie}`]],
    ]

    for (const [allowed, headers] of lines) expect(await answersOtherThan(allowed, headers)).to.deep.equal([])
  })

  it('as the address and the browser of somebody who signs in, or fails to, is written down as it came', async () => {
    const { browsers, world } = cast
    const visitor = world.browser()
    const token = await tokenFor(visitor, 'portal')
    const signIn = (string: string, username: string, password: string): string[] => {
      const body = new URLSearchParams({ _csrf: token, username, password }).toString()
      return [
        'POST /portal/sign-in HTTP/1.1',
        `X-Forwarded-For: ${addressIn(string)}`,
        ...['User-Agent', 'Accept-Language'].map(name => `${name}: ${string}`),
        `Cookie: ${cookieOf(visitor)}`,
        'Content-Type: application/x-www-form-urlencoded',
        `Content-Length: ${String(body.length)}`,
        '',
        body,
      ]
    }
    let nobody = 0
    const wrong = [
      ...(await answersOtherThan(/^(400|401)$/, string => signIn(string, `nobody${String((nobody += 1))}`, 'x'))),
      ...(await answersOtherThan(/^(303|400)$/, string => signIn(string, 'ada.okafor', OWN_PASSWORD))),
    ]
    const wanted = NAUGHTY.filter(string => !NO_HEADER.test(string) && !/[\r\n]/.test(string)).map(asHeader)
    const kept = await world.db('sessions').pluck<string[]>('user_agent')
    const told = await world.db('audit_events').where({ action: 'portal-user.sign-in-failed' }).pluck<string[]>('ip')
    const shown = [
      await browsers.portalUser.raw('GET', '/portal/sessions', { unruled: true }),
      await browsers.admin.raw('GET', '/staff/activity', { unruled: true }),
    ]

    expect(wrong).to.deep.equal([])
    expect(wanted.filter(string => !kept.includes(string.slice(0, 300)))).to.deep.equal([])
    expect(wanted.filter(string => string !== '' && !told.includes(addressIn(string)))).to.deep.equal([])
    expect(shown.map(({ status }) => status)).to.deep.equal([200, 200])
    expect(shown[0]?.text).to.include('&lt;script&gt;window.').and.include('&#34;&gt;&lt;img src=x')
    expect(shown.flatMap(harmIn)).to.deep.equal([])
  })

  it('as the name of a file is kept without its dangers, and given back in one header', async () => {
    const { world, browsers } = cast
    const { ownSlug = '' } = cast.things('portalUser')
    const portal = await world.db('portals').where({ slug: ownSlug }).first<{ id: number }>('id')
    const place = `/staff/client-portals/${String(portal.id)}/documents`
    const token = await tokenFor(browsers.admin, 'staff')
    const upload = async (strings: string[]): Promise<number> => {
      const form = multipart([['_csrf', token], ...strings.map(aFileCalled)])
      const headers = { 'sec-fetch-site': 'same-origin', ...form.headers }
      return (await browsers.admin.raw('POST', place, { headers, body: form.body, unruled: true })).status
    }
    const plain = NAUGHTY.filter(string => !NO_HEADER.test(string))
    for (let from = 0; from < plain.length; from += AT_ONCE)
      expect(await upload(plain.slice(from, from + AT_ONCE))).to.equal(303)
    for (const string of NAUGHTY.filter(one => NO_HEADER.test(one)))
      expect(await upload([string]), JSON.stringify(string)).to.equal(400)

    const kept = await world.db('documents').where({ portal_id: portal.id }).select<Kept[]>('id', 'name')
    expect(kept).to.have.length(plain.length)
    expect(kept.filter(({ name }) => documentName(name) !== name || !name.endsWith('.txt'))).to.deep.equal([])
    for (const { id, name } of kept.filter((_, index) => index % 4 === 0)) {
      const { headers, status } = await browsers.admin.raw('GET', `${place}/files/${String(id)}`)
      expect([status, namesIn(headers.get('content-disposition') ?? '')]).to.deep.equal([200, name])
    }
    const { body } = await browsers.portalUser.download(`/portal/portals/${ownSlug}/documents/zip`)
    const names = await namesInZip(body)
    expect(new Set(names).size).to.equal(plain.length)
    expect(names.filter(name => /[\\/]|^\.\.?$|\p{Cc}|[\u202a-\u202e]/u.test(name))).to.deep.equal([])
  })

  /** What is answered to headers made of each string, where it is none of these. */
  async function answersOtherThan(
    allowed: RegExp,
    headers: (string: string) => string[],
    look: (answer: Answer) => void = () => undefined,
  ): Promise<string[]> {
    const wrong: string[] = []
    for (const string of NAUGHTY) {
      const answer = await answerTo(cast.world, headers(string))
      const { status, head } = answer
      look(answer)
      if (!allowed.test(status) || /evil/.test(head)) wrong.push(`${JSON.stringify(string)}: ${head}`)
    }
    return wrong
  }
})

/** What stands behind the last comma counts: there is none, so that each string is an address of its own. */
function addressIn(string: string): string {
  return string.replaceAll(',', ';')
}

/** As Node reads it. */
function asHeader(string: string): string {
  return Buffer.from(string)
    .toString('latin1')
    .replaceAll(/^[ \t]+|[ \t]+$/g, '')
}

interface Kept {
  id: number
  name: string
}

function aFileCalled(string: string): Entry {
  return ['file', { name: `${string}.txt`, type: 'text/plain', content: Buffer.from(JSON.stringify(string)) }]
}

interface Answer {
  status: string
  head: string
  body: string
}

/** The lines of an answer without those that are new each time. */
function unchanging({ head, body }: Answer): string[] {
  const lines = head.split('\r\n').filter(line => !/^(Date|Set-Cookie|ETag):/i.test(line))
  return [...lines, ...body.replaceAll(/(name="_csrf" value=)"[^"]*"/g, '$1').split('\n')]
}

/** A request as it stands, in UTF-8, and the head of its answer. The host is ours where none is given. */
async function answerTo(world: World, lines: string[]): Promise<Answer> {
  const { hostname, port, host } = new URL(world.base)
  const socket = net.connect(Number(port), hostname)
  const [first = '', ...others] = lines
  const ends = lines.includes('') ? [] : ['', '']
  const given = lines.some(line => line.startsWith('Host:')) ? [] : [`Host: ${host}`]
  socket.setTimeout(5000, () => socket.destroy())
  socket.write([first, ...given, 'Connection: close', ...others, ...ends].join('\r\n'))
  const answer = (await buffer(socket)).toString('latin1')
  const [head = '', ...body] = answer.split('\r\n\r\n')
  return { status: /^HTTP\/1\.1 (\d+)/.exec(head)?.[1] ?? 'none', head, body: body.join('\r\n\r\n') }
}

/** The name that a browser would save it by; the plain one beside it must be as harmless. */
function namesIn(disposition: string): string {
  const [, plain = '/', whole = ''] =
    /^attachment; filename="([^"\\/]*)"; filename\*=UTF-8''([^;]*)$/.exec(disposition) ?? []
  expect(plain).to.match(/^[\x20-\x7e]*\.txt$/)
  return decodeURIComponent(whole)
}

function namesInZip(file: Buffer): Promise<string[]> {
  return new Promise((resolve, reject) => {
    fromBuffer(file, { strictFileNames: true }, (error, zip: ZipFile) => {
      if (error) return reject(error)
      const names: string[] = []
      zip.on('entry', (entry: { fileName: string }) => void names.push(entry.fileName))
      zip.on('end', () => resolve(names))
      zip.on('error', reject)
    })
  })
}
