import type { Notice } from './bell.ts'

/*
 * What notices say. They are kept as they were said, as mails are, so the words stand here and not in the pages.
 */

/** How an import ended: `failed` counts its rows to fix, `stopped` says that it did not come to its end. */
export function importNotice(ended: { id: number; filename: string; failed: number; stopped: boolean }): Notice {
  const { id, filename, failed, stopped } = ended
  const what = stopped
    ? 'Import stopped by a problem'
    : failed > 0
      ? `Import finished: ${failed.toLocaleString('en-GB')} ${failed === 1 ? 'row' : 'rows'} to fix`
      : 'Import finished'
  return { kind: 'import-ended', title: `${what} – ${filename}`, body: null, href: `/staff/imports/${String(id)}` }
}

/** How an import of portal users ended: nothing of it is done when its sheet has something to put right. */
export function userImportNotice(ended: { id: number; filename: string; failed: number; stopped: boolean }): Notice {
  const { id, filename, failed, stopped } = ended
  const what = stopped
    ? 'Import of portal users stopped by a problem'
    : failed > 0
      ? 'Failed validation: no portal user was imported'
      : 'Portal users imported'
  const href = `/staff/portal-users/imports/${String(id)}`
  return { kind: 'import-ended', title: `${what} – ${filename}`, body: null, href }
}

export const EMAILS_FAILED: Notice = {
  kind: 'emails-failed',
  title: 'Some emails could not be sent',
  body: 'Look at what the mail server answered, and try again or correct the address.',
  href: '/staff/emails?status=failed',
}

/** Somebody has registered with an invitation, or accepted it with the login they had. */
export function acceptedNotice(accepted: {
  who: string
  email: string
  registeredEmail: string
  portal: { name: string }
  contactId: number | null
}): Notice {
  const { who, email, registeredEmail, portal, contactId } = accepted
  const other =
    registeredEmail.toLowerCase() === email.toLowerCase()
      ? null
      : `Invited as ${email}, registered as ${registeredEmail}.`
  return {
    kind: 'invitation-accepted',
    title: `${who} registered for the portal ${portal.name}`,
    body: other,
    href: contactId === null ? '/staff/invitations?state=accepted' : `/staff/contacts/${String(contactId)}`,
  }
}
