import type { Request, Response } from 'express'
import { LOGO_BYTES } from '../../core/settings/change-logo.ts'
import { plainOffice, timeZones } from '../../core/settings/office.ts'
import { changePortalSettings, portalSettings } from '../../core/settings/portal-settings.ts'
import { text, type FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { portalLogoPages } from './portal-settings-logo.ts'
import { portalSettingsMailPages } from './portal-settings-mails.ts'
import { TOPICS } from './portal-settings-topics.ts'

const PAGE = '/staff/portal-settings'

/** Settings → Portal Settings: what the office decides for all its portals, one form for each topic. */
export function portalSettingsPages(face: StaffPages): void {
  const { pages, deps } = face
  const { db, config, now } = deps
  portalSettingsMailPages(face)
  portalLogoPages(face, showSettings)

  pages.get('/portal-settings', may('administer'), (req, res) => showSettings(req, res, []))

  for (const topic of TOPICS) {
    pages.post(`/portal-settings/${topic.path}`, may('administer'), async (req, res) => {
      const form = topic.read(req.body)
      if (!form.ok) return showSettings(req, res.status(422), form.errors)
      const saved = await changePortalSettings(db, staffOf(req), form.values, now())
      await redirectSaying(req, res, PAGE, topic.said(saved))
    })
  }

  async function showSettings(req: Request, res: Response, errors: FieldError[]): Promise<void> {
    const typed = errors.map(({ field }) => [field, text(req.body, field, 1000)])
    const plain = plainOffice(config)
    res.page('staff/portal-settings/settings', {
      title: 'Portal Settings',
      nav: 'settings',
      crumbs: [['Settings', '/staff/settings']],
      errors,
      values: { ...(await portalSettings(db)), ...Object.fromEntries(typed) },
      plain,
      logoKilobytes: LOGO_BYTES / 1024,
      zones: [['', `As Portico was set up: ${plain.timeZone}`], ...timeZones().map(zone => [zone, zone])],
    })
  }
}
