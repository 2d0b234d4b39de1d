import { expect } from 'chai'
import { describeOn } from './engine.ts'
import { brokenRules } from './page-rules.ts'
import { samplePage } from './sample-page.ts'

const LIST = `
<div class="note ok" role="status"><p>1 contact was added</p></div>
<h1>Contacts</h1>
<form method="post" action="/staff/contacts/list?page=1" novalidate>
  <input type="hidden" name="_csrf" value="token">
  <label for="q">Name or email</label>
  <input type="search" id="q" name="q" autocomplete="off">
  <button type="submit" name="go" value="search">Search</button>
  <h2 class="vh" id="results">Search results</h2>
  <table class="stacked">
    <caption>Contacts 1 to 2 of 2</caption>
    <thead><tr>
      <th scope="col"><span class="vh">Select</span></th>
      <th scope="col" aria-sort="ascending"><button type="submit" name="go" value="sort:-name">Name</button></th>
      <th scope="col">Portals</th>
    </tr></thead>
    <tbody>
      <tr>
        <td><label><span class="vh">Select Ada</span><input type="checkbox" name="id" value="1"></label></td>
        <th scope="row"><a href="/staff/contacts/1">Ada</a></th>
        <td><span class="tags"><span class="tag">Orders</span><span class="vh">, </span><span class="tag">Stock</span></span></td>
      </tr>
      <tr>
        <td><label><span class="vh">Select Bea</span><input type="checkbox" name="id" value="2"></label></td>
        <th scope="row"><a href="/staff/contacts/2">Bea</a></th>
        <td><span class="none">None</span></td>
      </tr>
    </tbody>
  </table>
  <button type="submit" class="danger" name="go" value="delete">Delete</button>
</form>`

const MISTAKE = `
<div class="error-summary" role="group" tabindex="-1" autofocus aria-labelledby="problem">
  <h2 id="problem">There is a problem</h2>
  <ul><li><a href="#email">Enter an email address</a></li></ul>
</div>
<h1>Sign in</h1>
<form method="post" action="/staff/sign-in" novalidate>
  <input type="hidden" name="_csrf" value="token">
  <label for="email">Email address</label>
  <p class="hint" id="email-hint">The one you work with</p>
  <p class="error" id="email-error"><span class="vh">Error: </span>Enter an email address</p>
  <input type="email" id="email" name="email" autocomplete="username" aria-describedby="email-hint email-error" aria-invalid="true">
  <button type="submit">Sign in</button>
</form>`

const listPage = samplePage('Contacts – Portico', LIST)
const mistakePage = samplePage('Error: Sign in – Portico', MISTAKE)

type Fault = [fault: string, from: string | RegExp, to: string, told: RegExp]

const FAULTS_OF_A_LIST: Fault[] = [
  ['no doctype', /<!doctype html>/i, '', /DOCTYPE/],
  ['no language', '<html lang="en">', '<html>', /no lang/],
  ['a title that does not say where', 'Contacts – Portico', 'Contacts', /title "Contacts"/],
  ['a title that tells of an error', '<title>', '<title>Error: ', /tells of an error/],
  ['two h1', '<h1>', '<h1>Portico</h1><h1>', /2 h1/],
  ['an empty heading', /Search results<\/h2>/, '</h2>', /<h2 .*is empty/],
  ['a heading level left out', /<h2(.*)<\/h2>/, '<h3$1</h3>', /skips a heading level/],
  ['no skip link', 'href="#main"', 'href="/staff"', /skip link/],
  ['a main without its id', '<main id="main"', '<main id="page"', /<main id="main">/],
  ['an id used twice', 'id="q"', 'id="results"', /"results" occurs more than once/],
  ['a label for a field that is not there', 'for="q"', 'for="query"', /for="query"/],
  ['a field without label', '<label for="q">Name or email</label>', '', /name="q".*has no label/],
  ['a field with an empty label', '>Name or email</label>', '></label>', /name="q".*has no label/],
  [
    'a button without type',
    '<button type="submit" name="go" value="search">',
    '<button name="go" value="search">',
    /has no type/,
  ],
  ['a button without words', '>Search<', '><', /has no words/],
  ['a form without token', 'name="_csrf" value="token"', 'name="_csrf" value=""', /no _csrf/],
  ['a form that goes to another site', '/staff/contacts/list', '//evil.example/', /no action on this site/],
  [
    'a token in the address',
    'method="post" action="/staff/contacts',
    'method="get" action="/staff/contacts',
    /sends _csrf/,
  ],
  [
    'Enter on the red button',
    '<button type="submit" name="go" value="search">',
    '<button type="submit" class="danger">',
    /Enter/,
  ],
  ['script in the page', '<h1>', '<script>1</script><h1>', /<script> stands in the page/],
  ['style on an element', '<h1>', '<h1 style="color: red">', /<h1> carries code or style in style/],
  ['an event handler', '<h1>', '<h1 onclick="go()">', /onclick/],
  ['a file from elsewhere', '/assets/app.css', 'https://cdn.example/app.css', /not on this site/],
  ['a picture without words', '<h1>', '<img src="/assets/a.png"><h1>', /neither words nor aria-hidden/],
  ['a drawing read aloud', '<h1>', '<svg viewBox="0 0 1 1"></svg><h1>', /neither words nor aria-hidden/],
  ['no caption', /<caption>.*<\/caption>/, '', /has no caption/],
  ['a heading cell without scope', '<th scope="col">Portals', '<th>Portals', /has no scope/],
  ['an empty heading cell', '<span class="vh">Select</span>', '', /empty cell/],
  ['an empty cell', '<span class="none">None</span>', '', /empty cell/],
  ['two sorted columns', '<th scope="col">Portals', '<th scope="col" aria-sort="descending">Portals', /aria-sort/],
  ['boxes with one name', 'Select Bea', 'Select Ada', /several boxes called "Select Ada"/],
  ['one text for two links', '>Bea</a>', '>Ada</a>', /links called "Ada"/],
  ['one text for two queries', '/staff/contacts/2">Bea', '/staff/contacts/1?tab=2">Ada', /links called "Ada"/],
  ['a link that says nothing', '>Bea</a>', '>here</a>', /says only "here"/],
  ['tags run together', '<span class="vh">, </span>', ' ', /run together/],
  ['an empty status', '<p>1 contact was added</p>', '', /says nothing/],
  ['a word that slipped through', '>None<', '>undefined<', /the word "undefined"/],
  ['an object that slipped through', '>None<', '>Portals: [object Object]<', /object Object/],
  ['a plural slip', '1 contact was', '<strong>1</strong> contacts were', /"1 contacts"/],
  ['a singular slip', '1 contact was', '0 contact was', /"0 contact"/],
  ['invalid nesting', '<h1>Contacts</h1>', '<h1><div>Contacts</div></h1>', /element-permitted-content/],
  ['a paragraph without its end', 'was added</p>', 'was added', /<p> has no end tag/],
  ['a misspelt autocomplete', 'autocomplete="off"', 'autocomplete="emial"', /valid-autocomplete/],
]

const FAULTS_OF_A_MISTAKE: Fault[] = [
  ['a title without "Error: "', 'Error: Sign in – Portico', 'Sign in – Portico', /does not start with "Error: "/],
  ['no error summary on a 422', /<div class="error-summary[^]*?<\/div>/, '', /422 without an error summary/],
  ['a summary after the h1', /(<div class="error-summary[^]*?<\/div>)([^]*?<\/h1>)/, '$2$1', /before the h1/],
  ['a summary that does not take the focus', ' autofocus', '', /autofocus/],
  ['a summary that leads nowhere', 'href="#email"', 'href="#mail"', /#mail, which is not on the page/],
  ['other words beside the field', '</span>Enter an email address', '</span>Wrong', /does not stand beside/],
  ['a mistake not tied to its field', 'email-hint email-error', 'email-hint', /describes no mistake/],
  ['a field not marked invalid', ' aria-invalid="true"', '', /no aria-invalid/],
  ['a hint that is not there', 'id="email-hint"', '', /aria-describedby="email-hint"/],
  ['nothing to send the form with', '<button type="submit">', '<button type="button">', /no button to send it/],
]

describeOn('sqlite')('The page rules', () => {
  it('find nothing wrong with a good list', () => {
    expect(broken(listPage, 200)).to.deep.equal([])
  })

  it('find nothing wrong with a good form that has a mistake', () => {
    expect(broken(mistakePage, 422)).to.deep.equal([])
  })

  it('let a way back carry its query, and a page that only deletes begin with the red button', () => {
    const asks = `<nav aria-label="Breadcrumb"><a href="/staff/contacts?s=k7">Contacts</a></nav><h1>Delete 1 contact?</h1>
      <form method="post" action="/staff/deletion"><input type="hidden" name="_csrf" value="token">
      <button type="submit" class="danger">Delete 1 contact</button></form>`

    expect(broken(samplePage('Delete 1 contact? – Portico', asks), 200)).to.deep.equal([])
  })

  it('want a signed-in page not to be kept', () => {
    expect(broken(listPage, 200, new Headers()).join()).to.match(/no-store/)
  })

  for (const [fault, from, to, told] of FAULTS_OF_A_LIST) {
    it(`catch ${fault}`, () => expectCaught(listPage, 200, from, to, told))
  }

  for (const [fault, from, to, told] of FAULTS_OF_A_MISTAKE) {
    it(`catch ${fault}`, () => expectCaught(mistakePage, 422, from, to, told))
  }
})

function expectCaught(page: string, status: number, from: string | RegExp, to: string, told: RegExp): void {
  const faulty = page.replace(from, to)
  expect(faulty, 'the fault is planted').not.to.equal(page)
  expect(broken(faulty, status).join('\n')).to.match(told)
}

function broken(html: string, status: number, headers = new Headers({ 'cache-control': 'no-store' })): string[] {
  return brokenRules(html, { url: 'http://localhost/staff/contacts', status, headers })
}
