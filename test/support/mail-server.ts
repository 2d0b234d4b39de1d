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
 * What the server answers: a number and words, as in '451 try later'; 'cut' hangs up on who brought it, without a word;
 * 'hang' says nothing ever, and 'drip' a letter at a time of an answer that has no end.
 */
type Answer = string | undefined

/** A real mail server on this machine that keeps what it is given. */
export interface MailServer {
  url: string
  taken: TakenMail[]
  /** Decides about who connects; undefined greets them, and only 'hang' and 'drip' make sense besides. */
  onConnect(): Answer
  /** Decides about a recipient, a whole mail, or a login; undefined accepts it. */
  onRecipient(address: string): Answer
  /** Decides before a mail to this address is read; only 'cut' makes sense, and the mail is not taken. */
  onLetter(address: string): Answer
  onMail(mail: TakenMail): Answer
  onLogin(): Answer
  stop(): Promise<void>
}

const DROP_MS = 20

export async function aMailServer({ login = false } = {}): Promise<MailServer> {
  const sockets = new Set<Socket>()
  const silences: Record<string, (socket: Socket) => void> = {
    cut: socket => void socket.destroy(),
    hang: () => undefined,
    drip: socket => {
      const drops = setInterval(() => socket.write('2'), DROP_MS)
      socket.on('close', () => clearInterval(drops)).on('error', () => undefined)
    },
  }
  const answered = (answer: Answer, { remotePort }: SMTPServerSession, done: (error?: Error | null) => void): void => {
    const silence = silences[answer ?? '']
    if (!silence) return done(refusal(answer))
    for (const socket of sockets) if (socket.remotePort === remotePort) silence(socket)
  }
  const smtp = new SMTPServer({
    authOptional: !login,
    disabledCommands: ['STARTTLS', ...(login ? [] : ['AUTH'])],
    allowInsecureAuth: true,
    onConnect: (session, done) => answered(server.onConnect(), session, done),
    onAuth: (_auth, _session, done) => done(refusal(server.onLogin()), { user: 'portico' }),
    onRcptTo: ({ address }, session, done) => answered(server.onRecipient(address), session, done),
    onData(stream, session, done) {
      if (server.onLetter(session.envelope.rcptTo[0]?.address ?? '') === 'cut') return answered('cut', session, done)
      takenFrom(stream, session).then(mail => {
        server.taken.push(mail)
        answered(server.onMail(mail), session, done)
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
    onConnect: () => undefined,
    onRecipient: () => undefined,
    onLetter: () => undefined,
    onMail: () => undefined,
    onLogin: () => undefined,
    stop: () => {
      const stopped = new Promise<void>(resolve => smtp.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      return stopped
    },
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
