import { expect } from 'chai'
import { pageOf } from '../../../src/core/mail/compose.ts'
import { passwordChangedMessage, signInDetailsMessage } from '../../../src/core/mail/messages.ts'

const office = { officeName: 'Fox & <Sons>', timeZone: 'Europe/London' }

describe('The mail with sign-in details', () => {
  const message = signInDetailsMessage({
    ...office,
    name: '<b>Ada</b> "O\'Kafor"',
    username: 'ada&co',
    temporaryPassword: '<script>&amp;',
    portals: ['Orders', '<i>Works</i>'],
    signInUrl: 'https://portal.example/portal/sign-in',
    expiresAt: Date.UTC(2026, 6, 19, 8, 41),
  })

  it('says in plain text what to do, until when, and in which time zone', () => {
    expect(message.text).to.include('Sign in at:\nhttps://portal.example/portal/sign-in\n\nUsername:\nada&co\n\n')
    expect(message.text).to.include('Temporary password:\n<script>&amp;\n')
    expect(message.text).to.include('works until 19 July 2026 at 09:41 (Europe/London)')
  })

  it('says the same in HTML, in which nobody’s name is markup', () => {
    const html = pageOf(message.subject, message.parts)

    expect(html).to.match(/^<!DOCTYPE html>\n<html lang="en">/)
    expect(html).to.include('<title>Your sign-in details for the Fox &amp; &lt;Sons&gt; client portal</title>')
    expect(html).to.include('&lt;b&gt;Ada&lt;/b&gt; &quot;O&#39;Kafor&quot;')
    expect(html).to.include('<strong>&lt;script&gt;&amp;amp;</strong>')
    expect(html).not.to.match(/<script|<i>|<b>|src=|url\(/)
  })

  it('names the password as its one secret', () => {
    expect(message.secrets).to.deep.equal(['<script>&amp;'])
  })
})

describe('The mail about a changed password', () => {
  it('has no secret and says what to do if it was somebody else', () => {
    const message = passwordChangedMessage({
      ...office,
      name: 'Ada',
      forgotUrl: 'https://portal.example/portal/forgot',
      changedAt: 0,
    })

    expect(message.secrets).to.deep.equal([])
    expect(message.text).to.include(
      'If it was not you, choose a new password at:\nhttps://portal.example/portal/forgot',
    )
  })
})
