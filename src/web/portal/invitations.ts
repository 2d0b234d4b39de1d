import type { Request, Response } from 'express'
import { emailKey } from '../../core/email-address.ts'
import { acceptSignedIn, register, type RegistrationRefusal } from '../../core/invitations/accept.ts'
import { openInvitation, type LinkRefusal, type OpenInvitation } from '../../core/invitations/link.ts'
import { oneLine } from '../../core/names.ts'
import { PASSWORD_LENGTH } from '../../core/passwords.ts'
import type { Deps } from '../shared/deps.ts'
import { RefusedPage } from '../shared/errors.ts'
import { text, typedPassword, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { passwordAdvice } from '../shared/password-words.ts'
import type { PortalPages } from './face.ts'
import { isPortalUser } from './guard.ts'
import { showClosed, showDisabled } from './invitations-closed.ts'
import { portalThrottle } from './throttle.ts'

/**
 * What the link of an invitation leads to. Looking changes nothing: only a complete form, or the button of somebody who is
 * signed in, uses it up.
 */
export function invitationPages({ pages, deps }: PortalPages): void {
  const throttle = portalThrottle(deps)

  const look = async (req: Request, res: Response): Promise<void> => {
    const opened = await openInvitation(deps.db, req.params.token, deps.now())
    if (!opened.ok) return showClosed(deps, req, res, opened.error)
    const { name, email } = opened.value
    showPage(deps, req, res, opened.value, { name, email, code: '' }, [])
  }
  pages.get('/invitations/:token', look)

  pages.post('/invitations/:token', async (req, res) => {
    const { token } = req.params
    const opened = await openInvitation(deps.db, token, deps.now())
    if (!opened.ok) return showClosed(deps, req, res, opened.error)
    if (visitorOf(req, opened.value) !== 'newcomer') return look(req, res)
    const typed = typedIn(req, opened.value)
    const mistakes = mistakesIn(typed)
    if (mistakes.length > 0) return showPage(deps, req, res.status(422), opened.value, typed, mistakes)
    const given = { ...typed, token, password: typedPassword(req.body, 'password'), ip: req.ip ?? null }
    const registered = await register(deps.db, deps, given, deps.now())
    deps.wakeWorker()
    if (registered.ok) {
      const { username, before } = registered.value
      if (!before) await throttle.forget(username)
      return res.redirect(303, `/portal/sign-in?registered=${before ? 'before' : '1'}`)
    }
    if (typeof registered.error === 'object') return showClosed(deps, req, res, registered.error)
    const mistake = mistakeFor(registered.error, typed, opened.value)
    if (!mistake) return look(req, res)
    showPage(deps, req, res.status(422), opened.value, typed, [mistake])
  })

  pages.post('/invitations/:token/accepting', async (req, res) => {
    const { token } = req.params
    if (!isPortalUser(req.user)) return res.redirect(303, `/portal/invitations/${encodeURIComponent(token)}`)
    const accepted = await acceptSignedIn(deps.db, req.user, token, deps.now())
    if (!accepted.ok && accepted.error === 'other-address') throw otherPage(req)
    if (!accepted.ok) return showClosed(deps, req, res, accepted.error as LinkRefusal)
    const { portal } = accepted.value
    await redirectSaying(req, res, `/portal/portals/${portal.slug}`, `You can now open ${portal.name}`)
  })
}

interface Typed {
  name: string
  email: string
  code: string
}

function showPage(
  deps: Deps,
  req: Request,
  res: Response,
  invitation: OpenInvitation,
  typed: Typed,
  errors: FieldError[],
): void {
  const inviter = invitation.inviterName ?? deps.config.officeName
  const locals = { token: req.params.token, invitation, inviter }
  switch (visitorOf(req, invitation)) {
    case 'other':
      throw otherPage(req)
    case 'disabled':
      return showDisabled(deps, res, invitation.inviterName)
    case 'owner':
      return res.page('portal/invitations/accept', { title: `Open the portal ${invitation.portal.name}`, ...locals })
    case 'known':
      return res.page('portal/invitations/known', { title: 'Sign in to accept the invitation', ...locals })
    case 'newcomer': {
      const asksCode = typed.code !== '' || errors.some(error => error.field === 'code')
      const form = { typed, errors, asksCode, least: PASSWORD_LENGTH.portal }
      return res.page('portal/invitations/register', { title: 'Register for the client portal', ...locals, ...form })
    }
  }
}

function otherPage(req: Request): RefusedPage {
  const title = 'This invitation is for another email address'
  return new RefusedPage(title, 'portal/invitations/other', { token: req.params.token })
}

/**
 * Somebody signed in, as the one who is invited or as another; or nobody, and the invited address has a login or has
 * not.
 */
function visitorOf(req: Request, { login }: OpenInvitation): 'owner' | 'other' | 'known' | 'disabled' | 'newcomer' {
  if (isPortalUser(req.user)) return req.user.id === login?.id ? 'owner' : 'other'
  if (login?.standing === 'active') return 'known'
  return login?.standing === 'disabled' ? 'disabled' : 'newcomer'
}

/** Where only the invited address will do, that is the one, whatever else is sent. */
function typedIn(req: Request, { email, anyAddress }: OpenInvitation): Typed {
  return {
    name: oneLine(text(req.body, 'name', 200)),
    email: anyAddress ? text(req.body, 'email', 254) : email,
    code: text(req.body, 'code', 20),
  }
}

function mistakesIn({ name, email }: Typed): FieldError[] {
  const noName = { field: 'name', message: 'Enter your name' }
  const noEmail = { field: 'email', message: 'Enter an email address, like name@example.com' }
  return [...(name === '' ? [noName] : []), ...(emailKey(email) === null ? [noEmail] : [])]
}

function instead(email: string, invitation: OpenInvitation): string {
  const isInvited = emailKey(email) === emailKey(invitation.email)
  return isInvited ? 'Ask whoever invited you for a new invitation' : 'Use the invited address'
}

/** Null when it is not what was typed: the invitation has changed since it was opened, and its page says how. */
function mistakeFor(
  refusal: Exclude<RegistrationRefusal, LinkRefusal>,
  { email }: Typed,
  invitation: OpenInvitation,
): FieldError | null {
  switch (refusal) {
    case 'code-sent':
      return {
        field: 'code',
        message: `Enter the code we have just mailed to ${email}: it shows that you read its mail`,
      }
    case 'code-wrong':
      return { field: 'code', message: 'Check the code: this is not the one in the latest email' }
    case 'too-many-codes':
      return {
        field: 'code',
        message: `No more codes can be mailed for this invitation. ${instead(email, invitation)}`,
      }
    case 'address-taken':
      return emailKey(email) === emailKey(invitation.email)
        ? null
        : {
            field: 'email',
            message:
              'The login with this email address cannot be used. Ask whoever invited you, or use another address',
          }
    case 'only-invited':
    case 'disabled':
      return null
    case 'too-short':
    case 'too-long':
    case 'common':
    case 'personal':
    case 'same-as-before':
      return { field: 'password', message: passwordAdvice(refusal, PASSWORD_LENGTH.portal) }
  }
}
