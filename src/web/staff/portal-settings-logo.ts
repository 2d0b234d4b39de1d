import type { Request, Response } from 'express'
import { changeLogo, LOGO_BYTES, removeLogo, type LogoRefusal } from '../../core/settings/change-logo.ts'
import { refused, type Result } from '../../core/result.ts'
import type { FieldError } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { uploads, type UploadedFile } from '../shared/uploads.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

type Refusal = LogoRefusal | 'too-big' | 'missing'

const MISTAKES: Record<Refusal, string> = {
  missing: 'Choose a picture',
  'too-big': `Choose a picture of at most ${String(LOGO_BYTES / 1024)} kB`,
  'other-type': 'Choose a picture whose name ends in .png, .jpg, .jpeg or .webp',
  'not-what-it-says': 'This file is not the kind of picture its name says. Save it as PNG and choose it again',
}

/** Shows the whole page again, with what is wrong. */
type ShowSettings = (req: Request, res: Response, errors: FieldError[]) => Promise<void>

/** The picture at the top of the customers' pages. */
export function portalLogoPages({ pages, deps, tokens }: StaffPages, show: ShowSettings): void {
  const { db, now } = deps
  const upload = uploads(deps, LOGO_BYTES / 1_048_576)

  pages.post('/portal-settings/logo', may('administer'), async (req, res) => {
    const taken = await upload.withFile(req, res, file => take(req, file))
    if (taken.ok) return redirectSaying(req, res, '/staff/portal-settings', 'The portal has a new logo.')
    const status = taken.error === 'too-big' ? 413 : 422
    await show(req, res.status(status), [{ field: 'file', message: MISTAKES[taken.error] }])
  })

  pages.post('/portal-settings/logo/removal', may('administer'), async (req, res) => {
    await removeLogo(db, staffOf(req), now())
    await redirectSaying(req, res, '/staff/portal-settings', 'The logo is removed: the name stands in its place.')
  })

  async function take(req: Request, file: UploadedFile | null | 'too-big'): Promise<Result<null, Refusal>> {
    if (file === 'too-big') return refused('too-big')
    tokens.check(req)
    return file ? changeLogo(db, staffOf(req), file, now()) : refused('missing')
  }
}
