import { may as staffMay } from '../../core/actors.ts'
import { contactListForm } from './contact-list.ts'
import { filterParams, type ContactListQuery } from './contact-list-query.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** The list of contacts, and the way from it to all that is done with many at once. */
export function contactListPages({ pages, deps }: StaffPages): void {
  const list = contactListForm(deps, {
    path: '/staff/contacts',
    also: () => ({}),
    acts: { bulk: (_req, selection) => `/staff/contacts/bulk?s=${selection}` },
    nothingTicked: 'Select at least one contact, then choose Bulk Actions',
    draw: (req, res, shown) =>
      res.page('staff/contacts/list', {
        ...shown,
        title: 'Contacts',
        tabTitle: `Contacts${shown.tabEnd}`,
        nav: 'contacts',
        archivedAddress: '/staff/contacts?archived=yes',
        exportAddress: exportAddress(shown.asked),
        mayChange: staffMay(staffOf(req), 'change'),
        mayExport: staffMay(staffOf(req), 'export'),
        mayImport: staffMay(staffOf(req), 'import'),
      }),
  })

  pages.get('/contacts', may('see'), (req, res) => list.show(req, res, []))

  pages.post('/contacts/list', may('see'), list.post)
}

function exportAddress({ filter }: ContactListQuery): string {
  const query = new URLSearchParams(filterParams(filter))
  if (filter.selection) query.set('s', filter.selection)
  return `/staff/contacts/export?${query.toString()}`
}
