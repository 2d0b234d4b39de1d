import express, { Router, type Request } from 'express'
import { openPortalSession } from '../../core/portal-users/opened.ts'
import { officeNow } from '../../core/settings/office.ts'
import { useFormTokens, type FormPlaces } from '../shared/csrf.ts'
import type { Deps } from '../shared/deps.ts'
import { errorPage, nothingHere } from '../shared/errors.ts'
import { drawPages, type Office } from '../shared/page.ts'
import { useSessions } from '../shared/session.ts'
import { brandPages } from './brand.ts'
import { confirmEmailPages } from './confirm-email.ts'
import { emailPages } from './email.ts'
import type { PortalPages } from './face.ts'
import { detailsPages } from './details.ts'
import { documentPages } from './documents.ts'
import { forgotPages } from './forgot.ts'
import { alongOf, ownPasswordFirst, requirePortalUser } from './guard.ts'
import { homePages } from './home.ts'
import { closedInvitationPages } from './invitations-closed.ts'
import { invitationPages } from './invitations.ts'
import { passwordPages } from './password.ts'
import { peoplePages } from './people.ts'
import { productPages } from './products.ts'
import { resetPages } from './reset.ts'
import { ownSecondFactorPages, secondFactorFirst } from './second-factor.ts'
import { sessionPages } from './sessions.ts'
import { signInPages, signOutPages } from './sign-in.ts'

const FORMS: FormPlaces = {
  uploads: [/^\/portals\/[a-z0-9-]+\/documents$/],
  doors: /^\/(sign-in|forgot|reset|confirm-email|invitations)(\/|$)/,
}

/** The pages of customers. Above `requirePortalUser` stand the few that a stranger may open. */
export function portalFace(deps: Deps): Router {
  const pages = Router({ caseSensitive: true })
  brandPages({ pages, deps })
  pages.use(express.urlencoded({ extended: false, limit: '100kb' }))
  const passport = useSessions(pages, deps, 'portal', (sidHash, now) =>
    openPortalSession(deps.db, deps.config, sidHash, now),
  )
  const tokens = useFormTokens(pages, deps, 'portal', FORMS)
  const office = (req: Request) => alongOf(req)?.office ?? officeNow(deps.db, deps.config)
  const titleEnd = ({ portalName }: Office) => ` – ${portalName}`
  pages.use(drawPages(deps, { layout: 'portal/layout', office, titleEnd, home: '/portal', token: tokens.token }))
  const face: PortalPages = { pages, deps }

  pages.use(ownPasswordFirst, secondFactorFirst)
  signInPages(face, passport)
  forgotPages(face)
  resetPages(face)
  confirmEmailPages(face)
  closedInvitationPages(face)
  invitationPages(face)
  pages.use(requirePortalUser)
  signOutPages(face)
  homePages(face)
  detailsPages(face)
  productPages(face)
  documentPages(face, tokens)
  peoplePages(face)
  passwordPages(face)
  emailPages(face)
  sessionPages(face)
  ownSecondFactorPages(face)
  pages.use(nothingHere, errorPage(deps))
  return pages
}
