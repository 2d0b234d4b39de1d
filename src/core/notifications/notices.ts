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

/** What a sheet of portal users would do has changed since somebody confirmed it. */
export function userImportChangedNotice({ id, filename }: { id: number; filename: string }): Notice {
  const title = `Look again before portal users are imported – ${filename}`
  const body = 'People were added or changed meanwhile, so the sheet would do something else than what you confirmed.'
  return { kind: 'import-ended', title, body, href: `/staff/portal-users/imports/${String(id)}` }
}

export const EMAILS_FAILED: Notice = {
  kind: 'emails-failed',
  title: 'Some emails could not be sent',
  body: 'Look at what the mail server answered, and try again or correct the address.',
  href: '/staff/emails?status=failed',
}

/** Somebody who knows the password of a colleague has tried a hundred codes in a row. */
export function codesGuessedNotice({ id, name }: { id: number; name: string }): Notice {
  return {
    kind: `codes-guessed:${String(id)}`,
    title: `A hundred wrong codes in a row for ${name}`,
    body: 'Somebody knows the password. Each further code waits a day. If it was they, take their second factor away; if not, make a link for a new password.',
    href: `/staff/team/${String(id)}`,
  }
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

/** A customer has changed their details; the name is the one the contact had. */
export function detailsChangedNotice({ who, contact }: { who: string; contact: { id: number; name: string } }): Notice {
  const whose = who === contact.name ? 'their details' : `the details of ${contact.name}`
  return {
    kind: 'details-changed',
    title: `${who} changed ${whose}`,
    body: null,
    href: `/staff/contacts/${String(contact.id)}`,
  }
}

/** Somebody let their invitation expire, asked for a new link, and was sent one. */
export function newLinkNotice(asked: {
  name: string
  email: string
  portal: { name: string }
  contactId: number | null
}): Notice {
  const { name, email, portal, contactId } = asked
  return {
    kind: 'new-link-asked',
    title: `${name} asked for a new link to the portal ${portal.name}`,
    body: `The earlier invitation had expired. A new one is on its way to ${email}.`,
    href: contactId === null ? '/staff/invitations' : `/staff/contacts/${String(contactId)}`,
  }
}

/** Somebody who holds a link that was used says that it was not they who registered. */
export function disputedNotice(used: { email: string; registeredEmail: string; contactId: number | null }): Notice {
  const { email, registeredEmail, contactId } = used
  return {
    kind: 'registration-disputed',
    title: `Somebody invited as ${email} says that it was not they who registered`,
    body: `The invitation was used by ${registeredEmail}. Find out who that is, and remove their access if it is a stranger.`,
    href: contactId === null ? '/staff/invitations?state=accepted' : `/staff/contacts/${String(contactId)}`,
  }
}

/** A customer has put documents into a portal. */
export function documentsNotice(uploaded: {
  who: string
  documents: number
  portal: { id: number; name: string }
  folderId: number | null
}): Notice {
  const { who, documents, portal, folderId } = uploaded
  const many = `${documents.toLocaleString('en-GB')} ${documents === 1 ? 'document' : 'documents'}`
  const place = folderId === null ? '' : `/folders/${String(folderId)}`
  return {
    kind: 'documents-uploaded',
    title: `${who} uploaded ${many} to ${portal.name}`,
    body: null,
    href: `/staff/client-portals/${String(portal.id)}/documents${place}`,
  }
}
