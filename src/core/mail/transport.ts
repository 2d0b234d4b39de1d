import type { SendMailOptions } from 'nodemailer'

const SECOND_MS = 1000

/**
 * Mails on their way at the same moment, each with a connection of its own: as many as Microsoft 365 takes of one
 * sender.
 */
export const AT_ONCE = 3

/** How long a mail server may take, in ms. */
export interface Patience {
  /** Until there is a connection. */
  connecting: number
  /** Until it has said who it is. */
  greeting: number
  /** Without a byte from it. */
  silence: number
  /** For one mail in all, however it drips: over before another process takes that mail for lost. */
  mail: number
  /** For the mails on their way once this process is to end. */
  ending: number
}

export const PATIENCE: Patience = {
  connecting: 10 * SECOND_MS,
  greeting: 10 * SECOND_MS,
  silence: 60 * SECOND_MS,
  mail: 90 * SECOND_MS,
  ending: 10 * SECOND_MS,
}

/** Brings mails to the mail server. */
export interface Transport {
  /** What the mail server said when it took the mail. Throws what it said otherwise, or what came in between. */
  send(letter: SendMailOptions): Promise<string>
  /** Cuts every connection. */
  close(): void
}

/** Connections to the mail server at this address, which are cut soon after `stopping`. */
export async function mailTransport(url: string, patience: Patience, stopping: AbortSignal): Promise<Transport> {
  const { createTransport } = await import('nodemailer')
  const pool = createTransport({
    pool: true,
    url,
    maxConnections: AT_ONCE,
    maxMessages: Infinity,
    connectionTimeout: patience.connecting,
    greetingTimeout: patience.greeting,
    socketTimeout: patience.silence,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const ended = soonAfter(stopping, patience.ending)
  return {
    send: letter =>
      bounded(patience.mail, ended.signal, async signal => (await pool.sendMail({ ...letter, signal })).response),
    close() {
      ended.forget()
      pool.close({ force: true }) // one that hangs would not be closed otherwise
    },
  }
}

/** Why a mail did not leave, for those who look at it: what the mail server said, or how it said nothing. */
export function whyNot(error: SmtpError): string {
  return error.response ?? SILENCES[error.timeoutType ?? error.code ?? ''] ?? error.message
}

const SILENCES: Record<string, string> = {
  CONNECT_TIMEOUT: 'The mail server cannot be reached: nothing answers there',
  GREETING_TIMEOUT: 'The mail server takes the connection and says nothing',
  UPGRADE_TIMEOUT: 'The mail server begins an encrypted connection and then says nothing',
  SOCKET_TIMEOUT: 'The mail server stopped answering, and did not say whether it took this mail',
  EABORT: 'The mail server took too long, and did not say whether it took this mail',
}

/** What nodemailer throws. */
export interface SmtpError extends Error {
  code?: string
  timeoutType?: string
  responseCode?: number
  command?: string
  response?: string
}

/** What `ask` answers; its signal is aborted when that takes longer than `ms`, or when `ended` comes. */
async function bounded<T>(ms: number, ended: AbortSignal, ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const over = new AbortController()
  const end = (): void => over.abort()
  const timer = setTimeout(end, ms)
  ended.addEventListener('abort', end)
  if (ended.aborted) end()
  try {
    return await ask(over.signal)
  } finally {
    clearTimeout(timer)
    ended.removeEventListener('abort', end)
  }
}

/** A signal that comes `ms` after this one, unless it is forgotten before. */
function soonAfter(first: AbortSignal, ms: number): { signal: AbortSignal; forget: () => void } {
  const later = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const begin = (): void => void (timer = setTimeout(() => later.abort(), ms))
  first.addEventListener('abort', begin, { once: true })
  if (first.aborted) begin()
  return {
    signal: later.signal,
    forget() {
      clearTimeout(timer)
      first.removeEventListener('abort', begin)
    },
  }
}
