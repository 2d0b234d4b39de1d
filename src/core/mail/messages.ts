import { inOwnWords, type MailText } from '../settings/mail-texts.ts'
import { composed, moment, type Message, type Office, type Part } from './compose.ts'

/**
 * Username and temporary password for somebody who signs in for the first time, or again after staff made a new one.
 */
export function signInDetailsMessage(
  details: Office & {
    name: string
    username: string
    temporaryPassword: string
    portals: string[]
    signInUrl: string
    expiresAt: number
    /** What the office adds in its own words. */
    words?: MailText
  },
): Message {
  const { officeName, temporaryPassword, portals } = details
  const portal = portals.join(', ') || `${officeName} client portal`
  return composed(
    'sign-in-details',
    `Your sign-in details for the ${officeName} client portal`,
    [temporaryPassword],
    inOwnWords<Part>(details.words, { name: details.name, portal, office: officeName }, [
      `Hello ${details.name},`,
      portals.length > 0
        ? `${officeName} has given you access to its client portal: ${portals.join(', ')}.`
        : `${officeName} has made a login to its client portal for you.`,
      ['Sign in at', { link: details.signInUrl }],
      ['Username', details.username],
      ['Temporary password', temporaryPassword],
      'You choose a password of your own when you sign in for the first time.',
      `The temporary password works until ${moment(details.expiresAt, details.timeZone)}. After that, choose “I forgot my password” on the sign-in page, or ask ${officeName} for a new one.`,
      `If you did not expect this message, tell ${officeName}.`,
    ]),
  )
}

/** The link that lets somebody choose a new password, once. `token` is the part of it that must stay secret. */
export function passwordResetMessage(
  reset: Office & { name: string; resetUrl: string; token: string; expiresAt: number },
): Message {
  const { officeName } = reset
  return composed(
    'password-reset',
    `Choose a new password for the ${officeName} client portal`,
    [reset.token],
    [
      `Hello ${reset.name},`,
      `Somebody, probably you, asked for a new password for the ${officeName} client portal.`,
      ['Choose a new password at', { link: reset.resetUrl }],
      `The link works once, until ${moment(reset.expiresAt, reset.timeZone)}.`,
      'If it was not you, do nothing: your password stays as it is.',
    ],
  )
}

/** Tells somebody that their password was changed, so that they notice when it was not them. */
export function passwordChangedMessage(
  change: Office & { name: string; forgotUrl: string; changedAt: number },
): Message {
  const { officeName } = change
  return composed(
    'password-changed',
    `Your password for the ${officeName} client portal was changed`,
    [],
    [
      `Hello ${change.name},`,
      `Your password for the ${officeName} client portal was changed on ${moment(change.changedAt, change.timeZone)}. Everywhere you were signed in, you have been signed out.`,
      'If that was you, there is nothing to do.',
      ['If it was not you, choose a new password at', { link: change.forgotUrl }],
      `Then tell ${officeName}.`,
    ],
  )
}

/** The link with which a colleague chooses a password: the first one (`invite`), or a new one (`reset`). */
export function staffLinkMessage(
  link: Office & {
    purpose: 'invite' | 'reset'
    name: string
    email: string
    from: string
    url: string
    token: string
    expiresAt: number
  },
): Message {
  const { officeName, purpose, from } = link
  const isNew = purpose === 'invite'
  return composed(
    `staff-${purpose}`,
    isNew ? `Join ${officeName} on Portico` : 'Choose a new password for Portico',
    [link.token],
    [
      `Hello ${link.name},`,
      isNew
        ? `${from} has added you to Portico, where ${officeName} looks after its client portal.`
        : `${from} has made a link for you to choose a new password for Portico.`,
      ['Choose a password at', { link: link.url }],
      ['You sign in with', link.email],
      `The link works once, until ${moment(link.expiresAt, link.timeZone)}.`,
      `If you did not expect this message, tell ${from}.`,
    ],
  )
}

/** Shows an administrator that mail arrives. */
export function testMessage(test: Office & { name: string; writtenAt: number; url: string }): Message {
  return composed(
    'test',
    `Test email from ${test.officeName}`,
    [],
    [
      `Hello ${test.name},`,
      `You asked Portico for this test on ${moment(test.writtenAt, test.timeZone)}. If you can read it, the mail server works.`,
      ['What became of every email', { link: test.url }],
    ],
  )
}
