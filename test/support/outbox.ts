import { signInDetailsMessage } from '../../src/core/mail/messages.ts'
import { putInOutbox, type NewEmail } from '../../src/core/mail/outbox.ts'
import type { World } from './world.ts'

/** The secret in every mail of `to`. */
export const MAILED_PASSWORD = 'harbour-0417'

/** A mail with sign-in details to somebody. */
export function to(name: string, email: string): NewEmail {
  const message = signInDetailsMessage({
    name,
    username: 'ada',
    temporaryPassword: MAILED_PASSWORD,
    portals: ['Orders', 'Invoices'],
    signInUrl: 'http://localhost/portal/sign-in',
    officeName: 'Harbour & Finch',
    expiresAt: Date.UTC(2026, 2, 19, 9, 41),
    timeZone: 'Europe/London',
  })
  return { to: { name, email }, message }
}

/** Puts mails in the outbox as a change of its own. */
export async function put(world: World, emails: NewEmail[]): Promise<void> {
  await world.db.transaction(trx => putInOutbox(trx, world, emails, world.now()))
}

/** Waits until so many mails that were tried are in this state. */
export async function until(world: World, status: string, many: number): Promise<void> {
  const isSettled = async (): Promise<boolean> =>
    (await world.db('emails').where({ status }).whereNot({ attempts: 0 })).length === many
  while (!(await isSettled())) await soon()
}

/** Until the run under way has said when the next one is to be. */
export async function rested(world: World): Promise<void> {
  while ((await world.db('jobs').where({ state: 'running' })).length > 0) await soon()
}

export function soon(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 20))
}
