import type { Request, Response } from 'express'
import { HEADINGS, FIELDS } from '../../core/imports/fields.ts'
import { countImports, importsPage } from '../../core/imports/records.ts'
import { startImport, type UploadRefusal } from '../../core/imports/start.ts'
import { looksLikeToken, newToken } from '../../core/secrets.ts'
import { rawText } from '../shared/forms.ts'
import { paging, readPage } from '../shared/paging.ts'
import { uploads, type UploadedFile } from '../shared/uploads.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { checkPages } from './imports-check.ts'
import { columnPages } from './imports-columns.ts'
import { STEPS } from './imports-own.ts'
import { runPages } from './imports-run.ts'
import { refusalWords, stateWords } from './imports-words.ts'

/** Bringing contacts in from a file: choosing it, and the list of what was brought in before. */
export function importPages(face: StaffPages): void {
  const { pages, deps, tokens } = face
  const { db, config, now } = deps
  const upload = uploads(deps, config.importMegabytes)

  pages.get('/import-export', may('import'), (_req, res) => showForm(res, null))

  pages.post('/imports', may('import'), (req, res) =>
    upload.withFile(req, res, async file => {
      if (file === 'too-big') return showForm(res.status(413), 'too-big')
      tokens.check(req)
      if (!file) return showForm(res.status(422), 'missing')
      await take(req, res, file)
    }),
  )

  pages.get('/imports', may('import'), async (req, res) => {
    const staff = staffOf(req)
    const lie = paging(await countImports(db, staff), readPage(req.query.page), staff.rowsPerPage)
    if (lie.page > lie.pages) return res.redirect(303, '/staff/imports')
    const imports = await importsPage(db, staff, lie.page, lie.perPage)
    res.page('staff/imports/list', {
      title: 'Imports',
      nav: 'imports',
      paging: lie,
      imports: imports.map(one => ({ ...one, word: stateWords(one) })),
    })
  })

  columnPages(face)
  checkPages(face)
  runPages(face)

  async function take(req: Request, res: Response, file: UploadedFile): Promise<void> {
    const given = rawText(req.body, 'formKey')
    const formKey = looksLikeToken(given) ? given : newToken()
    const started = await startImport(db, config, staffOf(req), { ...file, formKey }, now())
    if (!started.ok) return showForm(res.status(422), started.error)
    res.redirect(303, `/staff/imports/${String(started.value)}/columns`)
  }

  function showForm(res: Response, refusal: UploadRefusal | 'too-big' | 'missing' | null): void {
    res.page('staff/imports/new', {
      title: 'Import/Export',
      nav: 'imports',
      crumbs: [['Settings', '/staff/settings']],
      steps: STEPS,
      step: 1,
      errors: refusal ? [{ field: 'file', message: refusalWords(refusal, config.importMegabytes) }] : [],
      formKey: newToken(),
      megabytes: config.importMegabytes,
      mostRows: config.importRows,
      headings: FIELDS.map(field => HEADINGS[field]),
    })
  }
}
