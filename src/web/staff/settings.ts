import { may as staffMay } from '../../core/actors.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** The page of settings: groups in the words offices use. Only what this person may use is shown. */
export function settingsPages({ pages }: StaffPages): void {
  pages.get('/settings', may('see'), (req, res) => {
    const staff = staffOf(req)
    res.page('staff/settings', {
      title: 'Settings',
      nav: 'settings',
      mayImport: staffMay(staff, 'import'),
      mayChange: staffMay(staff, 'change'),
      mayAdminister: staffMay(staff, 'administer'),
    })
  })
}
