import { readFileSync } from 'node:fs'
import { createTransport } from 'nodemailer'
import { timed } from '../results/numbers.ts'

/** A mail as Portico would send it, ready but for its bytes. */
export interface Letter {
  from: { name: string; address: string }
  to: { name: string; address: string }
  subject: string
  text: string
  html: string
  messageId: string
}

/** Sends letters, one JSON text a line, with the pool of the usual library as it comes, all handed over at once. */
export async function sendLetters({ file, smtp }: { file: string; smtp: string }): Promise<number> {
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const letters = lines.map(line => JSON.parse(line) as Letter)
  const transport = createTransport({ pool: true, url: smtp, maxMessages: Infinity })
  try {
    return await timed(() => Promise.all(letters.map(letter => transport.sendMail(letter))))
  } finally {
    transport.close()
  }
}
