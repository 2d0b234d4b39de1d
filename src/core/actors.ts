export type Role = 'admin' | 'manager' | 'viewer'

/** Somebody of the office, signed in to the staff pages. `ip` is where the request came from. */
export interface Staff {
  kind: 'staff'
  id: number
  name: string
  email: string
  role: Role
  sessionVersion: number
  rowsPerPage: number
  hasSecondFactor: boolean
  ip: string | null
}

/** A customer, signed in to the portal pages. */
export interface PortalUser {
  kind: 'portal_user'
  id: number
  name: string
  username: string
  email: string | null
  mustChangePassword: boolean
  hasSecondFactor: boolean
  sessionVersion: number
  ip: string | null
}

/** Portico itself: background work and first set-up. */
export interface System {
  kind: 'system'
}

export type Actor = Staff | PortalUser | System

export const system: System = { kind: 'system' }

/** What a member of staff may do; `see` is every signed-in one. */
export type Permission = 'see' | 'change' | 'export' | 'import' | 'administer'

const PERMISSIONS: Record<Role, readonly Permission[]> = {
  viewer: ['see'],
  manager: ['see', 'change', 'export', 'import'],
  admin: ['see', 'change', 'export', 'import', 'administer'],
}

export function may(staff: Staff, permission: Permission): boolean {
  return PERMISSIONS[staff.role].includes(permission)
}
