import { composed, moment, type Message, type Office } from './compose.ts'

/** What became of a second factor; `taken` is that somebody of the office took it away. */
export type FactorChange = 'turned-on' | 'turned-off' | 'taken'

/** Tells somebody that signing in asks for a code from now on, or no longer, so that they notice when it was not them. */
export function secondFactorMessage(
  change: Office & { did: FactorChange; name: string; place: string; tell: string; changedAt: number; url: string },
): Message {
  const { did, place } = change
  const at = moment(change.changedAt, change.timeZone)
  const subject = {
    'turned-on': `Your second factor for ${place} was turned on`,
    'turned-off': `Your second factor for ${place} was turned off`,
    taken: `Your second factor for ${place} was taken away`,
  }[did]
  const what = {
    'turned-on': `Since ${at}, signing in to ${place} asks for a code from your app after the password.`,
    'turned-off': `Since ${at}, signing in to ${place} asks for your password only.`,
    taken: `On ${at}, ${change.tell} took your second factor for ${place} away, as is done for somebody who has lost their phone. Signing in asks for your password only.`,
  }[did]
  return composed(
    `second-factor-${did}`,
    subject,
    [],
    [
      `Hello ${change.name},`,
      `${what} Everywhere you were signed in, you have been signed out.`,
      did === 'turned-on'
        ? 'Keep your recovery codes where you find them without your phone: each lets you in once.'
        : ['Set up a second factor at', { link: change.url }],
      did === 'taken'
        ? 'If you asked for that, there is nothing more to do.'
        : 'If that was you, there is nothing to do.',
      `If it was not you, change your password and tell ${change.tell} at once.`,
    ],
  )
}
