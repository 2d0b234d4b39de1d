import { inOwnWords, type MailText } from '../settings/mail-texts.ts'
import { composed, moment, type Message, type Office, type Part } from './compose.ts'

/**
 * The link with which somebody says that a new sign-in address is theirs. `token` is the part that must stay secret.
 */
export function emailConfirmationMessage(
  change: Office & { name: string; email: string; url: string; token: string; expiresAt: number },
): Message {
  const { officeName } = change
  return composed(
    'email-confirmation',
    `Confirm your email address for the ${officeName} client portal`,
    [change.token],
    [
      `Hello ${change.name},`,
      `${change.email} is to become the email address you sign in with to the ${officeName} client portal.`,
      ['Confirm it at', { link: change.url }],
      `You need the password you sign in with now. The link works once, until ${moment(change.expiresAt, change.timeZone)}. Until you confirm, nothing changes.`,
      'If you know nothing of this, do nothing.',
    ],
  )
}

/** Tells the address somebody signs in with that another one is to take its place. */
export function emailChangeAskedMessage(change: Office & { name: string; newEmail: string; askedAt: number }): Message {
  const { officeName } = change
  return composed(
    'email-change-asked',
    `A new email address for the ${officeName} client portal waits to be confirmed`,
    [],
    [
      `Hello ${change.name},`,
      `On ${moment(change.askedAt, change.timeZone)} it was asked that you sign in to the ${officeName} client portal with ${change.newEmail} instead of this address. A link to confirm it was sent to ${change.newEmail}, and works only together with your password.`,
      'If that is right, there is nothing to do here.',
      `If it is not, tell ${officeName}. Until it is confirmed, you sign in as before.`,
    ],
  )
}

/** Tells the address somebody signed in with that another one has taken its place. */
export function emailChangedMessage(change: Office & { name: string; newEmail: string; changedAt: number }): Message {
  const { officeName } = change
  return composed(
    'email-changed',
    `Your email address for the ${officeName} client portal was changed`,
    [],
    [
      `Hello ${change.name},`,
      `Since ${moment(change.changedAt, change.timeZone)} you sign in to the ${officeName} client portal with ${change.newEmail}, and messages go there. Everywhere you were signed in, you have been signed out.`,
      'If that was you, there is nothing to do.',
      `If it was not you, tell ${officeName} at once.`,
    ],
  )
}

/**
 * Username, and a link to choose a password, for somebody who signs in for the first time, or again after staff asked
 * for it.
 */
export function signInLinkMessage(
  details: Office & {
    name: string
    username: string
    portals: string[]
    signInUrl: string
    link: { url: string; token: string; expiresAt: number }
    /** What the office adds in its own words. */
    words?: MailText
  },
): Message {
  const { officeName, portals, link } = details
  const portal = portals.join(', ') || `${officeName} client portal`
  return composed(
    'sign-in-details',
    `Choose a password for the ${officeName} client portal`,
    [link.token],
    inOwnWords<Part>(details.words, { name: details.name, portal, office: officeName }, [
      `Hello ${details.name},`,
      portals.length > 0
        ? `${officeName} has given you access to its client portal: ${portals.join(', ')}.`
        : `${officeName} has made a login to its client portal for you.`,
      ['Choose a password at', { link: link.url }],
      `The link works once, until ${moment(link.expiresAt, details.timeZone)}. After that, choose “I forgot my password” on the sign-in page, or ask ${officeName} for a new one.`,
      ['Then sign in at', { link: details.signInUrl }],
      ['Username', details.username],
      `If you did not expect this message, tell ${officeName}.`,
    ]),
  )
}
