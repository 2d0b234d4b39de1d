import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { Browser } from './browser.ts'
import { samplePage } from './sample-page.ts'

const FORM = `<h1>A form</h1>
<p><a href="/form">This <span class="vh">very </span>form</a> <a href="/form" aria-label="Once more">again</a></p>
<p><a href="/file">The file</a> <a href="/echo?from=link">Answer</a></p>
<form method="post" action="/echo" id="whole">
  <input type="hidden" name="_csrf" value="form token">
  <label for="name">Name<span class="vh"> of the contact</span></label>
  <input type="text" id="name" name="name" value="Ada">
  <label>Email <input type="email" name="email"></label>
  <label for="note">Note</label><textarea id="note" name="note"></textarea>
  <label for="portal">Portal</label>
  <select id="portal" name="portal"><option value="1">Orders</option><option value="2">Stock</option></select>
  <label for="days">Days</label>
  <select id="days" name="days" multiple><option>Monday</option><option selected>Tuesday</option><option>Friday</option></select>
  <fieldset><legend>Send mail?</legend>
    <label><input type="radio" name="mail" value="yes" checked> Yes</label>
    <label><input type="radio" name="mail" value="no"> No</label>
  </fieldset>
  <fieldset><legend>Notify?</legend>
    <label><input type="radio" name="notify" value="yes"> Yes</label>
    <label><input type="radio" name="notify" value="no"> No</label>
  </fieldset>
  <label><input type="checkbox" name="right" value="view"> View</label>
  <label><input type="checkbox" name="right" value="invite" checked> Invite</label>
  <label><input type="text" name="off" value="off" disabled> Off</label>
  <button type="submit" name="go" value="search">Search</button>
  <button type="submit" name="go" value="page:2">Page 2</button>
  <button type="submit" name="go" value="page:20">Page 20</button>
  <button type="submit" name="go" value="all" formaction="/echo?all=1">Select all 10</button>
</form>
<p><label>Outside <input type="text" name="outside" value="in" form="whole"></label></p>
<form method="get" action="/echo?lost=1"><label>Find <input type="search" name="q"></label>
  <button type="submit">Look</button></form>
<form method="post" action="/echo" enctype="multipart/form-data"><input type="hidden" name="_csrf" value="t">
  <label>Workbook <input type="file" name="book"></label><button type="submit">Upload</button></form>`

const RESULT = `<h1>Result</h1>
<dl class="facts"><div><dt>Added</dt><dd>9</dd></div><div><dt>Skipped</dt><dd>3 of
 12</dd></div></dl>
<table><caption>Skipped contacts</caption><thead><tr><th scope="col">Name</th><th scope="col">Why</th></tr></thead>
<tbody><tr><th scope="row">Cal</th><td>No <b>email</b></td></tr></tbody></table>`

const MISTAKE = `<div class="error-summary" role="group" tabindex="-1" autofocus aria-labelledby="problem">
<h2 id="problem">There is a problem</h2><ul><li><a href="#main">Choose a portal</a></li></ul></div><h1>Portals</h1>`

interface Asked {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

describe('The script-free browser', () => {
  let server: Server
  let base: string
  let asked: Asked[]

  before(async () => {
    server = createServer((req, res) => void answer(req, res, asked))
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })

  beforeEach(() => (asked = []))

  after(() => {
    server.closeAllConnections()
    server.close()
  })

  async function browserOn(path: string): Promise<Browser> {
    const browser = new Browser(base)
    await browser.open(path)
    return browser
  }

  function lastAsked(): Asked {
    return asked.at(-1) ?? { method: '', url: '', headers: {}, body: '' }
  }

  it('follows redirects and tells where it came to', async () => {
    const browser = await browserOn('/moved?to=form')

    expect(browser.redirects).to.deep.equal(['/moved?to=on', '/form?at=end'])
    expect(browser).to.include({ path: '/form?at=end', status: 200, title: 'A page – Portico', h1: 'A form' })
  })

  it('comes from an address of its own, and says which addresses were typed', async () => {
    const ada = await browserOn('/form')
    const first = lastAsked().headers
    await ada.click('Answer')
    const second = lastAsked().headers
    await browserOn('/form')

    expect(first['x-forwarded-for'])
      .to.match(/^10\.\d+\.\d+\.\d+$/)
      .and.equal(second['x-forwarded-for'])
    expect(lastAsked().headers['x-forwarded-for']).not.to.equal(first['x-forwarded-for'])
    expect([first['sec-fetch-site'], second['sec-fetch-site']]).to.deep.equal(['none', 'same-origin'])
    expect(second.referer).to.equal(`${base}/form`)
  })

  it('keeps cookies for their path until they are taken back', async () => {
    const browser = await browserOn('/cookies/set')
    await browser.open('/cookies/show')
    const kept = lastAsked().headers.cookie
    await browser.open('/form')
    const elsewhere = lastAsked().headers.cookie
    await browser.open('/cookies/end')
    await browser.open('/cookies/show')

    expect(kept).to.equal('near=1; wide=a=b')
    expect(elsewhere).to.equal('wide=a=b')
    expect(lastAsked().headers.cookie).to.equal('near=1')
  })

  it('follows links by their text or label, and names the links there are', async () => {
    const browser = await browserOn('/form?first')

    await browser.click('This very form')
    await browser.click('Once more')

    expect(asked.map(request => request.url)).to.deep.equal(['/form?first', '/form', '/form'])
    expect(await refusal(browser.click('Nowhere'))).to.match(
      /no link "Nowhere".*"This very form", "Once more", "The file"/,
    )
  })

  it('sends a form as a browser does', async () => {
    const browser = await browserOn('/form')
    browser.fill('Name', 'Béa & co')
    browser.fill('Email', ' bea@example.com ')
    browser.fill('Note', 'one\ntwo')
    browser.fill('Portal', 'Stock')
    browser.fill('Days', ['Monday', 'Friday'])
    browser.choose('No', 'Send mail?')
    browser.tick('View')
    browser.untick('Invite')

    await browser.press('Search')

    expect([...new URLSearchParams(lastAsked().body)].map(pair => pair.join('='))).to.deep.equal([
      '_csrf=form token',
      'name=Béa & co',
      'email=bea@example.com',
      'note=one\r\ntwo',
      'portal=2',
      'days=Monday',
      'days=Friday',
      'mail=no',
      'right=view',
      'go=search',
      'outside=in',
    ])
    expect(lastAsked().headers).to.include({ 'sec-fetch-site': 'same-origin', origin: base })
  })

  it('presses the exact button first, then the only one that fits', async () => {
    const browser = await browserOn('/form')

    await browser.press('Page 2')
    expect(new URLSearchParams(lastAsked().body).get('go')).to.equal('page:2')

    browser.back()
    await browser.press('Select all')
    expect(lastAsked()).to.include({ method: 'POST', url: '/echo?all=1' })

    browser.back()
    expect(await refusal(browser.press('Page'))).to.match(/2 different ones of button "Page"/)
  })

  it('presses the first button of the form on Enter', async () => {
    const browser = await browserOn('/form')

    await browser.submitEnter('Name of the contact')

    expect(new URLSearchParams(lastAsked().body).get('go')).to.equal('search')
  })

  it('puts the fields of a GET form in the address', async () => {
    const browser = await browserOn('/form')
    browser.fill('Find', 'a b&c')

    await browser.press('Look')

    expect(lastAsked()).to.include({ method: 'GET', url: '/echo?q=a+b%26c' })
  })

  it('uploads files, and an empty one where none was attached', async () => {
    const browser = await browserOn('/form')

    await browser.press('Upload')
    const without = lastAsked().body
    browser.back()
    browser.attach('Workbook', 'books.csv', 'a,b\n1,2')
    await browser.press('Upload')

    expect(without).to.contain('name="book"; filename=""')
    expect(lastAsked().body).to.contain(
      'name="book"; filename="books.csv"\r\nContent-Type: text/csv\r\n\r\na,b\n1,2\r\n',
    )
    expect(lastAsked().headers['content-type']).to.match(/^multipart\/form-data; boundary=/)
  })

  it('goes back to what was typed without asking again', async () => {
    const browser = await browserOn('/form')
    browser.fill('Name', 'Bea')
    await browser.click('Answer')
    const requests = asked.length

    browser.back()

    expect(browser.path).to.equal('/form')
    expect(browser.$('#name').attr('value')).to.equal('Bea')
    expect(asked.length).to.equal(requests)
  })

  it('posts any fields with the token of the page, or with another', async () => {
    const browser = await browserOn('/form')

    await browser.post('/echo', { id: [1, 2] }, { 'Sec-Fetch-Site': 'cross-site' })
    const own = lastAsked()
    browser.back()
    await browser.post('/echo', { _csrf: 'stolen' })

    expect(own.body).to.equal('_csrf=token&id=1&id=2')
    expect(own.headers['sec-fetch-site']).to.equal('cross-site')
    expect(lastAsked().body).to.equal('_csrf=stolen')
  })

  it('turns to GET after a 303 and sends the form again after a 307', async () => {
    const browser = await browserOn('/form')

    await browser.post('/see-other', { a: 1 })
    expect(lastAsked()).to.include({ method: 'GET', url: '/echo', body: '' })

    await browser.post('/again', { a: 1 })
    expect(lastAsked()).to.include({ method: 'POST', url: '/echo', body: '_csrf=token&a=1' })
  })

  it('saves files and stays on the page', async () => {
    const browser = await browserOn('/form')

    const file = await browser.download('The file')
    await browser.click('The file')

    expect(file.status).to.equal(200)
    expect(file.body.toString()).to.equal('a,b\n')
    expect(file.headers.get('content-disposition')).to.match(/^attachment/)
    expect(browser.downloaded?.text).to.equal('a,b\n')
    expect(browser.path).to.equal('/form')
  })

  it('asks for one thing as it is told, and stays where it is', async () => {
    const browser = await browserOn('/form')

    const reply = await browser.raw('PUT', '/see-other', { headers: { 'X-Odd': 'yes' }, body: 'hello' })

    expect(reply.status).to.equal(303)
    expect(lastAsked()).to.include({ method: 'PUT', body: 'hello' })
    expect(lastAsked().headers['x-odd']).to.equal('yes')
    expect(browser.path).to.equal('/form')
  })

  it('reads facts, tables, mistakes and text', async () => {
    const browser = await browserOn('/result')

    expect(browser.facts()).to.deep.equal({ Added: '9', Skipped: '3 of 12' })
    expect(browser.tableRows('Skipped')).to.deep.equal([['Cal', 'No email']])
    expect(() => browser.tableRows('Added')).to.throw('Captions: Skipped contacts')
    expect(browser.text).to.equal('Result Added 9 Skipped 3 of 12 Skipped contacts Name Why Cal No email')

    await browser.open('/mistake')
    expect(browser.status).to.equal(422)
    expect(browser.errors()).to.deep.equal(['Choose a portal'])
  })

  it('refuses a page that breaks the page rules, and another site', async () => {
    const browser = new Browser(base)

    expect(await refusal(browser.open('/broken'))).to.match(/rules broken on GET \/broken \(404\):\n {2}- .*DOCTYPE/)
    expect(await refusal(browser.open('/away'))).to.match(/https:\/\/evil.example\/ is not on this site/)
  })
})

const PAGES: Record<string, [status: number, main: string, title?: string]> = {
  '/form': [200, FORM],
  '/echo': [200, '<h1>Answer</h1>'],
  '/result': [200, RESULT],
  '/mistake': [422, MISTAKE, 'Error: A page – Portico'],
  '/cookies/set': [200, '<h1>Set</h1>'],
  '/cookies/show': [200, '<h1>Show</h1>'],
  '/cookies/end': [200, '<h1>End</h1>'],
}

const REDIRECTS: Record<string, [status: number, location: string]> = {
  '/moved?to=form': [302, '/moved?to=on'],
  '/moved?to=on': [301, '/form?at=end'],
  '/see-other': [303, '/echo'],
  '/again': [307, '/echo'],
  '/away': [302, 'https://evil.example/'],
}

const COOKIES: Record<string, string[]> = {
  '/cookies/set': ['wide=a=b; Path=/; HttpOnly', 'near=1', 'gone=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
  '/cookies/end': ['wide=; Path=/; Max-Age=0', 'near=2; Path=/other'],
}

async function answer(req: IncomingMessage, res: ServerResponse, asked: Asked[]): Promise<void> {
  const { method = '', url = '/', headers } = req
  let body = ''
  for await (const chunk of req.setEncoding('utf8')) body += String(chunk)
  asked.push({ method, url, headers, body })
  const path = url.split('?')[0] ?? ''
  const [status, location] = REDIRECTS[url] ?? []
  if (status && location)
    return void res.writeHead(status, { location, 'content-type': 'text/html' }).end('<p>Moved</p>')
  if (path === '/file')
    return void res.writeHead(200, { 'content-disposition': 'attachment; filename="a.csv"' }).end('a,b\n')
  const [code, main, title = 'A page – Portico'] = PAGES[path] ?? [404, '']
  res.setHeader('set-cookie', COOKIES[path] ?? [])
  res.writeHead(code, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  res.end(main ? samplePage(title, main) : '<h1>Nothing here</h1>')
}

function refusal(step: Promise<void>): Promise<string> {
  return step.then(
    () => 'it was not refused',
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  )
}
