import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { answer } from '../processes/answering.ts'

let taken = 0

const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['STARTTLS', 'AUTH'],
  onData(stream, _session, done) {
    stream.on('end', () => {
      taken += 1
      done()
    })
    stream.resume()
  },
})
server.on('error', () => undefined)

/** A mail server on this machine that throws everything away, in a process of its own so that nobody pays for it. */
answer({ listen, takenSince })

function listen(): Promise<string> {
  return new Promise(resolve => {
    const listening = server.listen(0, '127.0.0.1', () => {
      resolve(`smtp://127.0.0.1:${String((listening.address() as AddressInfo).port)}`)
    })
  })
}

/** How many mails came since this was asked last. */
function takenSince(): Promise<number> {
  const count = taken
  taken = 0
  return Promise.resolve(count)
}
