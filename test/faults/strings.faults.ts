import { expect } from 'chai'
import { aCast, type Cast } from '../support/actors.ts'
import { describeOn } from '../support/engine.ts'
import { forms, type MatrixRow } from '../support/matrix.ts'
import { NAUGHTY } from '../support/naughty.ts'
import { sendForm } from '../support/sent-forms.ts'
import { tell } from './table.ts'

/** Of how many strings one is sent to each field. */
const EVERY = Number(process.env.FAULT_STRINGS ?? 1)

const FORMS = forms.filter(form => !form.upload && Object.keys(form.body ?? {}).length > 0)

// Both engines stand side by side here, and one run alone has both.
describeOn('postgres')('Every naughty string, in every field of every form', function () {
  for (const form of FORMS) {
    it(`is answered alike on both engines, and never by a failure: ${form.path} (${form.id})`, async () => {
      const casts = [await aCast('sqlite'), await aCast('postgres')]
      const { sent, wrong } = await sentTo(casts, form)
      await Promise.all(casts.map(({ world }) => world.end()))
      tell({ name: `naughty strings: ${form.path}`, trials: sent, deaths: 0, wrong: wrong.length, twice: 0 })

      expect(wrong).to.deep.equal([])
    })
  }
})

async function sentTo(casts: Cast[], form: MatrixRow): Promise<{ sent: number; wrong: string[] }> {
  const wrong: string[] = []
  let sent = 0
  for (const name of Object.keys(form.body ?? {})) {
    for (const string of NAUGHTY.filter((_, place) => place % EVERY === sent % EVERY)) {
      const replies = await Promise.all(casts.map(cast => sendForm(cast, form, [name], [[name, string]])))
      const statuses = replies.map(({ status }) => status)
      sent += 1
      if (new Set(statuses).size > 1 || statuses.some(status => status >= 500))
        wrong.push(`${name} ${JSON.stringify(string)}: ${statuses.join(', ')}`)
    }
  }
  return { sent, wrong }
}
