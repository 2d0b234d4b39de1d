import { expect } from 'chai'
import { urlOf } from '../../src/web/shared/url.ts'
import { describeOn } from '../support/engine.ts'

describeOn('sqlite')('An address from outside', () => {
  it('that is none is none, however often it is asked', () => {
    const bytes = `http://${Buffer.from('␣').toString('latin1')}`

    for (let n = 0; n < 20_000; n += 1) expect(urlOf(bytes)).to.equal(null)
  })

  it('is read as it stands, or from where it stands', () => {
    expect(urlOf('http://localhost:3000')?.hostname).to.equal('localhost')
    expect(urlOf('/portal/home?a=1', 'http://localhost')?.href).to.equal('http://localhost/portal/home?a=1')
    expect(urlOf('/portal/home')).to.equal(null)
  })
})
