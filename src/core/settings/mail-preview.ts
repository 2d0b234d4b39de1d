import type { Config } from '../../config.ts'
import { invitationMessage } from '../mail/invitation-messages.ts'
import { signInDetailsMessage } from '../mail/messages.ts'
import { signInLinkMessage } from '../mail/portal-user-messages.ts'
import { TEMPORARY_PASSWORD_MS } from '../portal-users/records.ts'
import type { MailText } from './mail-texts.ts'
import type { Office } from './office.ts'
import type { PortalSettings } from './portal-settings.ts'

/** A mail as it would be sent, to somebody who does not exist. */
export interface MailPreview {
  subject: string
  text: string
}

/** An invitation as these words would make it; what is secret in it is shown as dots. */
export function invitationPreview(office: Office, { baseUrl }: Pick<Config, 'baseUrl'>, words: MailText): MailPreview {
  const { subject, text } = invitationMessage({
    ...office,
    words,
    name: 'Ada Okafor',
    inviterName: 'Rosa Marsh',
    portal: office.portalName,
    message: null,
    url: `${baseUrl}/portal/invitations/••••`,
    token: '••••',
  })
  return { subject, text }
}

/** The mail with sign-in details as these words would make it now; what is secret in it is shown as dots. */
export function signInDetailsPreview(
  office: Office,
  { baseUrl }: Pick<Config, 'baseUrl'>,
  words: MailText,
  { credentials, now }: { credentials: PortalSettings['credentials']; now: number },
): MailPreview {
  const expiresAt = now + TEMPORARY_PASSWORD_MS
  const details = {
    ...office,
    words,
    name: 'Ada Okafor',
    username: 'ada.okafor@example.com',
    portals: [office.portalName],
    signInUrl: `${baseUrl}/portal/sign-in`,
  }
  const { subject, text } =
    credentials === 'link'
      ? signInLinkMessage({ ...details, link: { url: `${baseUrl}/portal/reset/••••`, token: '••••', expiresAt } })
      : signInDetailsMessage({ ...details, temporaryPassword: '••••', expiresAt })
  return { subject, text }
}
