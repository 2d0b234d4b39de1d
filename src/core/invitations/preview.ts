import type { Config } from '../../config.ts'
import type { Db } from '../../db/index.ts'
import type { Staff } from '../actors.ts'
import { invitationMessage } from '../mail/invitation-messages.ts'
import { sharedPortal } from '../portals/portals.ts'
import { mailTexts } from '../settings/mail-texts.ts'
import { officeNow } from '../settings/office.ts'
import type { PortalChoice } from './standing.ts'

/** A mail as one of those who are invited will get it. */
export interface SampleInvitation {
  name: string
  email: string | null
  subject: string
  text: string
}

/** The invitation as this contact would get it from this member of staff; its link is shown as dots. */
export async function sampleInvitation(
  db: Db,
  { config }: { config: Config },
  staff: Staff,
  { name, email }: { name: string; email: string | null },
  { choice, message }: { choice: PortalChoice; message: string | null },
): Promise<SampleInvitation> {
  const shared = choice === 'own' ? null : await sharedPortal(db, choice)
  const { subject, text } = invitationMessage({
    ...(await officeNow(db, config)),
    words: (await mailTexts(db)).invitation,
    name,
    inviterName: staff.name,
    portal: shared?.name ?? name,
    message,
    url: `${config.baseUrl}/portal/invitations/••••`,
    token: '••••',
  })
  return { name, email, subject, text }
}
