import type { Portal } from '../../core/portals/portals.ts'

export const STEPS = ['Choose contacts', 'Choose portals', 'Check and save']

/** What a step of the journey is given: the selection, and the shared portals that were chosen. */
export interface BulkStep {
  selection: string
  portals: Portal[]
}

/** What every check page of the journey says of itself. */
export function checkLocals({ selection, portals }: BulkStep, action: 'add' | 'remove') {
  const portalIds = portals.map(portal => portal.id)
  return {
    nav: 'contacts',
    selection,
    portalIds,
    portalNames: portals.map(portal => portal.name),
    back: `/staff/contacts/bulk?s=${selection}&action=${action}${portalIds.map(id => `&portal=${String(id)}`).join('')}`,
    steps: STEPS,
    step: 3,
    crumbs: [
      ['Contacts', `/staff/contacts?s=${selection}`],
      ['Bulk Actions', `/staff/contacts/bulk?s=${selection}`],
    ],
    crumb: 'Check and save',
  }
}
