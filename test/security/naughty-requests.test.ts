import { expect } from 'chai'
import { ask, aCast, settled, type Cast } from '../support/actors.ts'
import { describeOn } from '../support/engine.ts'
import { forms, matrix } from '../support/matrix.ts'
import { harmIn, NAUGHTY } from '../support/naughty.ts'
import { sendForm } from '../support/sent-forms.ts'

const SPARED = /sign-out$/ // they end the session that the next form needs
const FORMS = forms.filter(form => !form.upload && !SPARED.test(form.path))
const LISTS = [
  'contacts',
  'companies',
  'portal-users',
  'products',
  'invitations',
  'emails',
  'activity',
  'client-portals',
]

// Both engines stand side by side here, and one run alone has both.
describeOn('postgres')('Naughty strings in requests', function () {
  this.timeout(180_000)
  let casts: Cast[]
  before(async () => {
    casts = [await aCast('sqlite'), await aCast('postgres')]
  })
  after(() => Promise.all(casts.map(cast => cast.world.end())))

  it('are answered alike on both engines, in one field of a form or in all of them', async () => {
    const wrong: string[] = []
    for (const [index, string] of NAUGHTY.filter((_, place) => place % 6 === 1).entries()) {
      const form = FORMS[index % FORMS.length]
      if (!form) throw new Error('There are no forms')
      const all = Object.keys(form.body ?? {})
      const names = index % 2 === 0 ? all : all.slice(index % all.length, (index % all.length) + 1)
      const entries = names.map((name): [string, string] => [name, string])
      const replies = await Promise.all(casts.map(cast => sendForm(cast, form, names, entries)))
      if (!isFine(replies)) wrong.push(`${form.path} ${names.join()} ${JSON.stringify(string)}: ${statusesOf(replies)}`)
    }

    expect(wrong).to.deep.equal([])
  })

  it('are looked for alike on both engines, in every list', async () => {
    const wrong: string[] = []
    for (const [index, string] of NAUGHTY.filter((_, place) => place % 6 === 0).entries()) {
      const path = `/staff/${LISTS[index % LISTS.length] ?? ''}?q=${encodeURIComponent(string.replace(/\p{Cs}/gu, '\ufffd'))}`
      const replies = await Promise.all(casts.map(({ browsers }) => browsers.admin.raw('GET', path, { unruled: true })))
      if (!isFine(replies)) wrong.push(`${path}: ${statusesOf(replies)}`)
      if (index % 20 === 0) wrong.push(...replies.flatMap(harmIn))
    }

    expect(wrong).to.deep.equal([])
  })

  it('stand on every page afterwards, and break none', async () => {
    await Promise.all(casts.map(cast => settled(cast.world)))
    const wrong: string[] = []
    let shown = 0
    for (const row of matrix.filter(one => one.method === 'GET')) {
      const actor = row.face === 'portal' ? 'portalUser' : 'admin'
      const replies = await Promise.all(casts.map(cast => ask(cast, row, actor, { unruled: true })))
      if (!isFine(replies)) wrong.push(`${row.path}: ${statusesOf(replies)}`)
      if (replies[0]?.status === 200) shown += 1
      wrong.push(...replies.flatMap(harmIn).map(harm => `${row.path}: ${harm}`))
    }

    expect(shown).to.be.above(100) // the forms before have deleted what others show
    expect(wrong).to.deep.equal([])
  })
})

function isFine(replies: { status: number }[]): boolean {
  return new Set(replies.map(({ status }) => status)).size === 1 && replies.every(({ status }) => status < 500)
}

function statusesOf(replies: { status: number }[]): string {
  return replies.map(({ status }) => status).join(', ')
}
