import { expect } from 'chai'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { broken } from '../faults/holds.ts'
import { describeOn } from '../support/engine.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'

describeOn('sqlite')('A server whose terminal is closed', function () {
  this.timeout(60_000)
  let server: RealServer
  afterEach(() => server.end())

  it('goes on while nobody reads its log, and ends in order when it is told so', async () => {
    server = await aRealServer({ LOG_LEVEL: 'info', DRAIN_SECONDS: '1' }, { log: 'kept' })
    await until(() => Promise.resolve(server.said().includes('Portico serves')))
    server.unread()
    const statuses: number[] = []
    for (let n = 0; n < 3; n += 1) statuses.push((await fetch(`${server.config.baseUrl}/portal/sign-in`)).status)
    const { host, port } = new URL(server.config.baseUrl)
    const socket = connect(Number(port), 'localhost')
    await once(socket, 'connect')
    socket.write(`GET /portal/sign-in HTTP/1.1\r\nHost: ${host}\r\n`)
    await setTimeout(100)

    process.kill(server.pid(), 'SIGHUP')
    await until(async () => (await fetch(`${server.config.baseUrl}/ready`)).status === 503)
    socket.write('\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    await until(() => Promise.resolve(!server.isAlive()))

    expect(statuses).to.deep.equal([200, 200, 200])
    expect(String(answer)).to.match(/^HTTP\/1.1 200/)
    expect(await server.terminate(), 'exit code').to.equal(0)
    expect(await broken(server.db, server.config)).to.deep.equal([])
  })
})
