import type { StaffPages } from './face.ts'
import { portalUserAddPages } from './portal-users-add.ts'
import { portalUserDeletePages } from './portal-users-delete.ts'
import { portalUserEditPages } from './portal-users-edit.ts'
import { portalUserEmailPages } from './portal-users-email.ts'
import { heldInvitationPages } from './portal-users-held.ts'
import { portalUserListPages } from './portal-users-list.ts'
import { portalUserResendPages } from './portal-users-resend.ts'
import { portalUserSecondFactorPages } from './portal-users-second-factor.ts'

/** Settings → Client → Portal Access. The page of one portal user comes last: its address would take in the others. */
export function portalUserPages(face: StaffPages): void {
  portalUserListPages(face)
  portalUserAddPages(face)
  portalUserDeletePages(face)
  portalUserResendPages(face)
  portalUserEmailPages(face)
  portalUserSecondFactorPages(face)
  portalUserEditPages(face)
  heldInvitationPages(face)
}
