import { putInOutbox } from '../../src/core/mail/outbox.ts'
import { aMailServer, type MailServer, type TakenMail } from '../support/mail-server.ts'
import { to } from '../support/outbox.ts'
import { broken } from './holds.ts'
import { done, type Report } from './report.ts'
import { aVictim, type Kill, type Victim } from './victim.ts'

/**
 * A mail server that makes its client die: when it names a recipient, before its letter is read, or before it is
 * answered.
 */
export interface Moment {
  when: 'recipient' | 'letter' | 'answer'
  /** At which mail. */
  nth: number
}

const AT_ONCE = 2000

/** Sends so many mails while the server dies of all these. */
export async function mailUnder(kills: Kill[], moments: Moment[], mails: number): Promise<Report> {
  const mail = await aMailServer()
  const settings = { SMTP_URL: mail.url, MAIL_PER_MINUTE: '100000' }
  const victim = await aVictim(kills, settings)
  killAt(mail, victim, moments)
  try {
    await queue(victim, mails)
    while ((await sent(victim)) < mails) {
      await victim.revive()
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    await victim.revive()
    const { wrong, twice } = await wrongMails(victim, mail.taken)
    return await done(victim, [...(await broken(victim.db, victim.config)), ...wrong], twice)
  } finally {
    await victim.end()
    await mail.stop()
  }
}

/** Puts so many mails in the outbox. */
export async function queue(server: Pick<Victim, 'db' | 'config'>, mails: number): Promise<void> {
  for (let from = 0; from < mails; from += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, mails - from) }, (_, index) => person(from + index))
    await server.db.transaction(trx => putInOutbox(trx, server, some, Date.now()))
  }
}

function person(index: number) {
  return to(`Person ${String(index)}`, `person${String(index)}@customer.example`)
}

export async function sent({ db }: Pick<Victim, 'db'>): Promise<number> {
  const [row] = await db('emails').where({ status: 'sent' }).count<{ many: number }[]>({ many: '*' })
  return row?.many ?? 0
}

/** Each moment comes once. */
function killAt(mail: MailServer, victim: Victim, moments: Moment[]): void {
  const seen = { recipient: 0, letter: 0, answer: 0 }
  const met = (when: Moment['when']): 'cut' | undefined => {
    seen[when] += 1
    if (!moments.some(moment => moment.when === when && moment.nth === seen[when])) return undefined
    void victim.kill()
    return 'cut'
  }
  mail.onRecipient = () => met('recipient') && '451 gone'
  mail.onLetter = () => met('letter')
  mail.onMail = () => met('answer')
}

interface Row {
  to_email: string
  message_id: string
}

/** Who got no mail, or two that are not the same to the last byte. */
export async function wrongMails(
  { db }: Pick<Victim, 'db'>,
  taken: TakenMail[],
): Promise<{ wrong: string[]; twice: number }> {
  const byAddress = new Map<string, TakenMail[]>()
  for (const mail of taken) byAddress.set(mail.to[0] ?? '', [...(byAddress.get(mail.to[0] ?? '') ?? []), mail])
  const rows = await db('emails').select<Row[]>('to_email', 'message_id')
  const wrong: string[] = []
  let twice = 0
  for (const { to_email, message_id } of rows) {
    const copies = byAddress.get(to_email) ?? []
    if (copies.length === 0) wrong.push(`${to_email} got nothing`)
    if (new Set(copies.map(copy => copy.bytes)).size > 1) wrong.push(`${to_email} got two different mails`)
    if (copies.some(copy => copy.mail.messageId !== message_id)) wrong.push(`${to_email} got another Message-ID`)
    twice += Math.max(0, copies.length - 1)
  }
  return { wrong, twice }
}
