import { emailById } from '../../src/core/mail/list.ts'
import type { Browser } from './browser.ts'
import type { World } from './world.ts'

/** Asks for a link to choose a new password, in a browser of its own. */
export async function askForLink(world: World, name: string): Promise<Browser> {
  const browser = world.browser()
  await browser.open('/portal/forgot')
  browser.fill('Username', name)
  await browser.press('Send me a link')
  return browser
}

/** The link in the newest mail, as somebody would follow it. */
export async function mailedLink(world: World): Promise<string> {
  return /https?:\/\/\S+\/portal\/reset\/\S+/.exec(await newestMail(world))?.[0] ?? ''
}

/** The link that confirms a new sign-in address, from the newest mail with one to this address. */
export async function confirmingLink(world: World, to: string): Promise<string> {
  return /https?:\/\/\S+\/portal\/confirm-email\/\S+/.exec(await mailTo(world, to, 'email-confirmation'))?.[0] ?? ''
}

/** What the newest mail of this kind to this address says; empty when there is none. */
export async function mailTo(world: World, to: string, template: string): Promise<string> {
  await idle(world)
  const where = { to_email: to, template }
  const newest = await world.db('emails').where(where).orderBy('id', 'desc').first<{ id: number } | undefined>('id')
  const email = newest && (await emailById(world.db, world.deps, newest.id))
  return email?.text ?? ''
}

/** What the newest mail in the outbox says. */
export async function newestMail(world: World): Promise<string> {
  await idle(world)
  const newest = await world.db('emails').orderBy('id', 'desc').first<{ id: number } | undefined>('id')
  const email = newest && (await emailById(world.db, world.deps, newest.id))
  return email?.text ?? ''
}

/** Waits until the background work asked for so far is done. */
export async function idle(world: World): Promise<void> {
  while ((await world.db('jobs').whereIn('state', ['queued', 'running'])).length > 0) {
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}
