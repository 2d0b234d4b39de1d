import express, { Router, type Request } from 'express'
import { officeNow } from '../../core/settings/office.ts'
import { openStaffSession } from '../../core/team/opened.ts'
import { useFormTokens, type FormPlaces } from '../shared/csrf.ts'
import type { Deps } from '../shared/deps.ts'
import { errorPage, nothingHere } from '../shared/errors.ts'
import { drawPages } from '../shared/page.ts'
import { useSessions } from '../shared/session.ts'
import { activityPages } from './activity.ts'
import { batchPages } from './batches.ts'
import { useBell } from './bell.ts'
import { bulkPages } from './bulk.ts'
import { clientPortalPages } from './client-portals.ts'
import { companyPages } from './companies.ts'
import { contactPages } from './contact.ts'
import { contactListPages } from './contacts.ts'
import { documentPages } from './documents.ts'
import { exportPages } from './exports.ts'
import { emailPages } from './emails.ts'
import type { StaffPages } from './face.ts'
import { folderPermissionPages } from './folder-permissions.ts'
import { alongOf, requireStaff } from './guard.ts'
import { importCenterPages } from './import-center.ts'
import { importPages } from './imports.ts'
import { invitationBulkPages } from './invitations-bulk.ts'
import { invitationListPages } from './invitations-list.ts'
import { invitationPages } from './invitations.ts'
import { invitePages } from './invite.ts'
import { linkPages } from './links.ts'
import { notificationPages } from './notifications.ts'
import { passwordPages } from './password.ts'
import { portalUserPages } from './portal-users.ts'
import { portalUserImportPages } from './portal-user-import.ts'
import { portalPages } from './portals.ts'
import { portalSettingsPages } from './portal-settings.ts'
import { rolePages } from './roles.ts'
import { ownSecondFactorPages, secondFactorFirst } from './second-factor.ts'
import { sessionPages } from './sessions.ts'
import { productAccessPages } from './products-access.ts'
import { productListPages } from './products-list.ts'
import { productPages } from './products.ts'
import { settingsPages } from './settings.ts'
import { setupPages } from './setup.ts'
import { subscriberPages } from './subscribers.ts'
import { systemPages } from './system.ts'
import { teamPages } from './team.ts'
import { signInPages, signOutPages } from './sign-in.ts'

const FORMS: FormPlaces = {
  uploads: ['/imports', '/portal-users/import', '/portal-settings/logo', /^\/client-portals\/\d+\/documents$/],
  doors: /^\/(sign-in|setup|links)(\/|$)/,
}

/** The pages of the office. Above `requireStaff` stand the few that a stranger may open. */
export function staffFace(deps: Deps): Router {
  const pages = Router({ caseSensitive: true })
  pages.use(express.urlencoded({ extended: false, limit: '100kb' }))
  const passport = useSessions(pages, deps, 'staff', (sidHash, now) =>
    openStaffSession(deps.db, deps.config, sidHash, now),
  )
  const tokens = useFormTokens(pages, deps, 'staff', FORMS)
  const office = (req: Request) => alongOf(req)?.office ?? officeNow(deps.db, deps.config)
  const titleEnd = () => ' – Portico'
  pages.use(drawPages(deps, { layout: 'staff/layout', office, titleEnd, home: '/staff', token: tokens.token }))
  const face: StaffPages = { pages, deps, tokens }

  setupPages(face)
  linkPages(face)
  signInPages(face, passport)
  pages.use(requireStaff, secondFactorFirst, useBell(deps))
  pages.get('/', (_req, res) => res.redirect(303, '/staff/contacts'))
  signOutPages(face)
  settingsOfOffice(face)
  peopleOfOffice(face)
  pages.use(nothingHere, errorPage(deps))
  return pages
}

function settingsOfOffice(face: StaffPages): void {
  passwordPages(face)
  notificationPages(face)
  sessionPages(face)
  ownSecondFactorPages(face)
  settingsPages(face)
  importPages(face)
  importCenterPages(face)
  emailPages(face)
  teamPages(face)
  activityPages(face)
  portalPages(face)
  portalSettingsPages(face)
  systemPages(face)
}

function peopleOfOffice(face: StaffPages): void {
  portalUserImportPages(face)
  portalUserPages(face)
  rolePages(face)
  productListPages(face)
  productAccessPages(face)
  productPages(face)
  contactListPages(face)
  bulkPages(face)
  batchPages(face)
  exportPages(face)
  contactPages(face)
  invitePages(face)
  subscriberPages(face)
  invitationListPages(face)
  invitationBulkPages(face)
  invitationPages(face)
  clientPortalPages(face)
  companyPages(face)
  documentPages(face)
  folderPermissionPages(face)
}
