import { inOwnWords, type MailText } from '../settings/mail-texts.ts'
import { composed, moment, type Message, type Office, type Part } from './compose.ts'

/** The link with which one person registers for a portal. `token` is the part of it that must stay secret. */
export function invitationMessage(
  invitation: Office & {
    name: string
    inviterName: string
    portal: string
    message: string | null
    url: string
    token: string
    /** What the office adds in its own words. */
    words?: MailText
  },
): Message {
  const { officeName, inviterName, message, name, portal } = invitation
  const from = inviterName === officeName ? officeName : `${inviterName} (${officeName})`
  return composed(
    'invitation',
    `${inviterName} invites you to the client portal of ${officeName}`,
    [invitation.token],
    inOwnWords<Part>(invitation.words, { name, portal, office: officeName }, [
      `Hello ${name},`,
      `${from} invites you to the client portal “${portal}”.`,
      ...(message === null ? [] : [`${inviterName} writes:`, ...message.split(/\n+/)]),
      ['Register at', { link: invitation.url }],
      'The link works for one person, once, for seven days after this message was sent. Opening it does not use it up.',
      `If you did not expect this message, you need do nothing, or tell ${officeName}.`,
    ]),
  )
}

/** The code that shows that an address belongs to the one who wants to register with it. */
export function registrationCodeMessage(
  registration: Office & { name: string; code: string; expiresAt: number },
): Message {
  const { officeName, code } = registration
  return composed(
    'registration-code',
    `Your code for the ${officeName} client portal`,
    [code],
    [
      `Hello ${registration.name},`,
      `Somebody, probably you, is registering for the client portal of ${officeName} with this address.`,
      ['Type this code on the page where you register', code],
      `It works until ${moment(registration.expiresAt, registration.timeZone)}.`,
      'If it was not you, do nothing: without the code nobody can register with your address.',
    ],
  )
}
