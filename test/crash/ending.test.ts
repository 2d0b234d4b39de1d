import { expect } from 'chai'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { describeOn } from '../support/engine.ts'
import { aRealServer, until, type RealServer } from '../support/real-server.ts'

describeOn('postgres')('A server that is told to end', function () {
  this.timeout(60_000)
  let server: RealServer
  beforeEach(async () => {
    server = await aRealServer({ DRAIN_SECONDS: '1' })
  })
  afterEach(() => server.end())

  it('says so at once, ends the request under way, takes no new job, and leaves with 0', async () => {
    const { host, port } = new URL(server.config.baseUrl)
    const socket = connect(Number(port), 'localhost')
    await once(socket, 'connect')
    socket.write(`POST /staff/sign-in HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${server.config.baseUrl}\r\n`)
    socket.write('Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 12\r\n\r\nemail=')
    await setTimeout(200)
    const answer = wholeAnswer(socket)

    const code = server.terminate()
    await until(async () => (await fetch(`${server.config.baseUrl}/ready`)).status === 503)
    await server.db('jobs').insert({ kind: 'send-emails', payload: '{}', run_at: 0, created_at: 0 })
    const alive = await fetch(`${server.config.baseUrl}/health`)
    await until(() =>
      fetch(server.config.baseUrl).then(
        () => false,
        () => true,
      ),
    )
    socket.write('nobody')

    expect(alive.headers.get('connection')).to.equal('close')
    expect(await answer).to.match(/^HTTP\/1.1 403 [^]*<\/html>/)
    expect(await code).to.equal(0)
    expect(await server.db('jobs').pluck('state')).to.deep.equal(['queued'])
  })

  it('does so at Ctrl+C too, and at once when it is told again', async () => {
    process.kill(server.pid(), 'SIGINT')
    await until(async () => (await fetch(`${server.config.baseUrl}/ready`)).status === 503)
    const again = server.terminate()

    expect(await again).to.equal(1)
    await server.start()
    process.kill(server.pid(), 'SIGINT')
    await until(() => Promise.resolve(!server.isAlive()))
    expect(await server.terminate()).to.equal(0)
  })
})

async function wholeAnswer(socket: Socket): Promise<string> {
  let text = ''
  for await (const piece of socket) text += String(piece)
  return text
}
