import type { AddressInfo, Socket } from 'node:net'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server'

/** One mail as a server took it. */
export interface TakenMail {
  from: string
  to: string[]
  bytes: string
  mail: Email
}

/**
 * What the server answers: a number and words, as in '451 try later'; 'cut' hangs up on who brought it, without a word.
 */
type Answer = string | undefined

/** A real mail server on this machine that keeps what it is given. */
export interface MailServer {
  url: string
  taken: TakenMail[]
  /** Decides about a recipient, a whole mail, or a login; undefined accepts it. */
  onRecipient(address: string): Answer
  /** Decides before a mail to this address is read; only 'cut' makes sense, and the mail is not taken. */
  onLetter(address: string): Answer
  onMail(mail: TakenMail): Answer
  onLogin(): Answer
  stop(): Promise<void>
}

export async function aMailServer({ login = false } = {}): Promise<MailServer> {
  const sockets = new Set<Socket>()
  const hangUp = ({ remotePort }: SMTPServerSession): void => {
    for (const socket of sockets) if (socket.remotePort === remotePort) socket.destroy()
  }
  const smtp = new SMTPServer({
    authOptional: !login,
    disabledCommands: ['STARTTLS', ...(login ? [] : ['AUTH'])],
    allowInsecureAuth: true,
    onAuth: (_auth, _session, done) => done(refusal(server.onLogin()), { user: 'portico' }),
    onRcptTo: ({ address }, _session, done) => done(refusal(server.onRecipient(address))),
    onData(stream, session, done) {
      if (server.onLetter(session.envelope.rcptTo[0]?.address ?? '') === 'cut') return hangUp(session)
      takenFrom(stream, session).then(mail => {
        server.taken.push(mail)
        const answer = server.onMail(mail)
        if (answer === 'cut') hangUp(session)
        else done(refusal(answer))
      }, done)
    },
  })
  smtp.on('error', () => undefined)
  smtp.server.on('connection', socket => sockets.add(socket))
  await new Promise<void>(resolve => smtp.listen(0, '127.0.0.1', resolve))
  const { port } = smtp.server.address() as AddressInfo
  const server: MailServer = {
    url: `smtp://${login ? 'portico:secret@' : ''}127.0.0.1:${String(port)}`,
    taken: [],
    onRecipient: () => undefined,
    onLetter: () => undefined,
    onMail: () => undefined,
    onLogin: () => undefined,
    stop: () => new Promise(resolve => smtp.close(() => resolve())),
  }
  return server
}

async function takenFrom(stream: SMTPServerDataStream, { envelope }: SMTPServerSession): Promise<TakenMail> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  const bytes = Buffer.concat(parts).toString('utf8')
  const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
  return { from, to: envelope.rcptTo.map(one => one.address), bytes, mail: await PostalMime.parse(bytes) }
}

function refusal(answer: Answer): Error | null {
  if (answer === undefined) return null
  return Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) })
}
