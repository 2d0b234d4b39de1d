import { expect } from 'chai'
import { putInOutbox } from '../../src/core/mail/outbox.ts'
import { to } from '../support/outbox.ts'
import { aWorld, type World } from '../support/world.ts'

const TOKEN = 'a token only Prometheus has'

describe('How Portico is', () => {
  let world: World
  let lines: string[] = []
  beforeEach(async () => {
    lines = []
    world = await aWorld(
      { metricsToken: TOKEN, smtpUrl: 'smtp://127.0.0.1:1' },
      { write: line => void lines.push(line) },
    )
  })
  afterEach(() => world.end())

  const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${world.base}${path}`, { headers })
  const lateJob = { kind: 'none-does-this', payload: '{}', run_at: 1, created_at: 1 }

  it('is said to machines in words, and work that is late does not make it unable to serve', async () => {
    await world.db('jobs').insert(lateJob)

    const answer = await ask('/ready')

    expect(answer.status).to.equal(200)
    expect(await answer.json()).to.deep.equal({
      ready: true,
      process: 'serving',
      database: 'ok',
      jobs: 'late',
      disk: 'ok',
      documents: 'ok',
      mail: 'ok',
    })
  })

  it('is not ready while the database does not answer', async () => {
    await world.db.schema.renameTable('jobs', 'away')

    const answer = await ask('/ready')

    await world.db.schema.renameTable('away', 'jobs')
    expect(answer.status).to.equal(503)
    expect(await answer.json()).to.deep.equal({ ready: false, process: 'serving', database: 'silent' })
  })

  it('is counted for Prometheus, by patterns of addresses, for whoever has the token', async () => {
    await world.db('jobs').insert(lateJob)
    await world.db.transaction(trx =>
      putInOutbox(trx, world.deps, [{ ...to('Ada', 'ada@customer.example'), held: true }], 1),
    )
    const rosa = await world.signedInStaff('admin')
    await rosa.open('/staff/system')
    await world.browser().raw('GET', `/portal/reset/${'R'.repeat(43)}`)
    for (const path of ['/STAFF/sign-in', '/Portal/sign-in', '/sTAff/system']) await ask(path)

    const text = await (await ask('/metrics', { authorization: `Bearer ${TOKEN}` })).text()

    const values = new Map(
      text.split('\n').map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]),
    )
    const counted = (route: string, status: string): number | undefined =>
      values.get(`portico_request_seconds_count{method="GET",route="${route}",status="${status}"}`)
    expect([counted('/staff/system', '200'), counted('/portal/reset/:token', '404')]).to.deep.equal([1, 1])
    expect([/STAFF|Portal\/|sTAff/.test(text), counted('none', '404')]).to.deep.equal([false, 3])
    expect(values.get('portico_jobs{kind="none-does-this",state="queued"}')).to.equal(1)
    expect(values.get('portico_emails{status="held"}')).to.equal(1)
    expect(values.get('portico_oldest_job_seconds')).to.be.above(60)
    expect(values).to.include.keys('nodejs_eventloop_lag_seconds', 'portico_database_connections{state="free"}')
    expect(text.includes('RRRR')).to.equal(false)
  })

  for (const authorization of ['', 'Bearer', 'Bearer no', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`])
    it(`tells nothing to “${authorization}”`, async () => {
      const answer = await ask('/metrics', authorization ? { authorization } : {})

      expect([answer.status, await answer.text()]).to.deep.equal([401, ''])
    })

  it('is said to administrators in sentences', async () => {
    const rosa = await world.signedInStaff('admin')
    await rosa.open('/staff/settings')
    await rosa.click('System: how Portico is')
    expect(rosa.text).to.include('All is well.').and.include('Nothing waits longer than it should.')
    await world.db('jobs').insert([
      { ...lateJob, state: 'queued' },
      { ...lateJob, state: 'dead' },
    ])

    await rosa.open('/staff/system')

    expect(rosa.text).to.include('Something needs a look').and.include('1 job failed for good.')
    expect(rosa.text).to.match(/Work has waited for [\d,]+ minutes\. Look whether a worker runs\./)
    expect(rosa.text).to.match(/[\d,]+ MB are free/)
  })

  it('is found in the log by the number on the page that failed, and in no other words', async () => {
    const rosa = await world.signedInStaff('admin')
    await world.db.schema.renameTable('companies', 'away')
    const answer = await rosa.raw('GET', '/staff/companies')
    const page = answer.text
    await world.db.schema.renameTable('away', 'companies')
    await ask('/metrics', { authorization: `Bearer ${TOKEN}` })

    const [number = ''] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(page) ?? []
    const mine = lines
      .map(line => JSON.parse(line) as { reqId?: string; msg: string })
      .filter(one => one.reqId === number)

    expect(answer.status).to.equal(500)
    expect(mine.map(({ msg }) => msg)).to.have.members(['a request failed', 'request errored'])
    expect(lines.join('')).not.to.include(TOKEN)
  })
})
