import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import {
  addCompany,
  archiveCompany,
  changeCompany,
  companiesCalled,
  companiesPage,
  company,
  countCompanies,
  type Company,
} from '../../core/companies/companies.ts'
import { COMPANY_LENGTHS, type CompanyFields } from '../../core/companies/records.ts'
import { emailKey } from '../../core/email-address.ts'
import { oneLine } from '../../core/names.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, ticked, type FieldError, type Reading } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { PAGE_SIZES, paging, readPage, readPageSize } from '../shared/paging.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

const CRUMBS = [['Companies', '/staff/companies']]
const REFERENCE_TAKEN: FieldError = {
  field: 'reference',
  message: 'Another company has this reference. Use a different one, or leave it empty',
}

const CHANGED: FieldError = {
  field: 'name',
  message: 'Somebody changed this company while you were editing it. Open it again to see the change, then save yours',
}

type TypedCompany = Record<keyof CompanyFields, string>

/** The companies that contacts belong to. */
export function companyPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/companies', may('see'), async (req, res) => {
    const filter = { text: text(req.query, 'q', 200), archived: text(req.query, 'archived') === 'yes' }
    const descending = text(req.query, 'sort') === '-name'
    const perPage = readPageSize(req.query.size, staffOf(req).rowsPerPage)
    const total = await countCompanies(db, filter)
    const shown = paging(total, readPage(req.query.page), perPage)
    if (shown.page > shown.pages) return res.redirect(303, listAddress(filter, descending, perPage))
    res.page('staff/companies/list', {
      title: 'Companies',
      tabTitle: shown.pages > 1 ? `Companies (page ${String(shown.page)} of ${String(shown.pages)})` : 'Companies',
      nav: 'companies',
      filter,
      descending,
      paging: shown,
      sizes: PAGE_SIZES,
      rows: await companiesPage(db, filter, descending, shown.page, perPage),
      base: `${listAddress(filter, descending, perPage)}&`,
      sortAddress: listAddress(filter, !descending, perPage),
      sizeAddress: (size: number) => listAddress(filter, descending, size),
      mayChange: staffMay(staffOf(req), 'change'),
    })
  })

  pages.get('/companies/new', may('change'), (_req, res) => showForm(res, null, typedCompany({}), []))

  pages.post('/companies', may('change'), async (req, res) => {
    const form = readCompany(typedCompany(req.body))
    if (!form.ok) return showForm(res.status(422), null, typedCompany(req.body), form.errors)
    const twins = ticked(req.body, 'not_a_duplicate') ? [] : await companiesCalled(db, form.values.name)
    if (twins.length > 0) {
      const message = 'There is a company of this name already. Use it, or say that this is another one'
      return showForm(res.status(422), null, typedCompany(req.body), [{ field: 'not_a_duplicate', message }], twins)
    }
    const added = await addCompany(db, staffOf(req), form.values, now())
    if (!added.ok) return showForm(res.status(422), null, typedCompany(req.body), [REFERENCE_TAKEN])
    await redirectSaying(req, res, `/staff/companies/${String(added.value)}`, `${form.values.name} was added.`)
  })

  pages.get('/companies/:id', may('see'), async (req, res) => {
    const found = await companyAt(req)
    res.page('staff/companies/company', {
      title: found.name,
      tabTitle: `${found.name} – Companies`,
      nav: 'companies',
      crumbs: CRUMBS,
      company: found,
      mayChange: staffMay(staffOf(req), 'change'),
    })
  })

  pages.get('/companies/:id/change', may('change'), async (req, res) => {
    const found = await companyAt(req)
    showForm(
      res,
      found,
      { name: found.name, email: found.email ?? '', phone: found.phone ?? '', reference: found.reference ?? '' },
      [],
    )
  })

  pages.post('/companies/:id', may('change'), async (req, res) => {
    const found = await companyAt(req)
    const form = readCompany(typedCompany(req.body))
    if (!form.ok) return showForm(res.status(422), found, typedCompany(req.body), form.errors)
    const changed = await changeCompany(
      db,
      staffOf(req),
      { id: found.id, seen: Number(text(req.body, 'seen')) },
      form.values,
      now(),
    )
    if (!changed.ok) return showForm(res.status(422), found, typedCompany(req.body), [refusalError(changed.error)])
    await redirectSaying(
      req,
      res,
      `/staff/companies/${String(found.id)}`,
      `The changes to ${form.values.name} were saved.`,
    )
  })

  for (const [act, archived] of [
    ['archiving', true],
    ['restoring', false],
  ] as const) {
    pages.post(`/companies/:id/${act}`, may('change'), async (req, res) => {
      const done = await archiveCompany(db, staffOf(req), readId(req.params.id) ?? 0, archived, now())
      if (!done.ok) throw notFound()
      const words = archived ? 'was archived. Its contacts stay. You can restore it here.' : 'is back in the list.'
      await redirectSaying(req, res, `/staff/companies/${String(done.value.id)}`, `${done.value.name} ${words}`)
    })
  }

  async function companyAt(req: Request): Promise<Company> {
    const found = await company(db, readId(req.params.id) ?? 0)
    if (!found) throw notFound()
    return found
  }

  function showForm(
    res: Response,
    found: Company | null,
    typed: TypedCompany,
    errors: FieldError[],
    duplicates: Company[] = [],
  ): void {
    res.page('staff/companies/form', {
      title: found ? `Change ${found.name}` : 'Add a company',
      nav: 'companies',
      crumbs: found ? [...CRUMBS, [found.name, `/staff/companies/${String(found.id)}`]] : CRUMBS,
      errors,
      typed,
      company: found,
      seen: text(res.req.body, 'seen') || (found?.updatedAt ?? 0),
      duplicates,
    })
  }
}

function refusalError(refusal: 'not-found' | 'changed-meanwhile' | 'reference-taken'): FieldError {
  if (refusal === 'not-found') throw notFound()
  return refusal === 'reference-taken' ? REFERENCE_TAKEN : CHANGED
}

function listAddress(filter: { text: string; archived: boolean }, descending: boolean, perPage: number): string {
  const query = new URLSearchParams()
  if (filter.text) query.set('q', filter.text)
  if (filter.archived) query.set('archived', 'yes')
  if (descending) query.set('sort', '-name')
  query.set('size', String(perPage))
  return `/staff/companies?${query.toString()}`
}

function typedCompany(body: unknown): TypedCompany {
  const line = (name: string): string => oneLine(text(body, name, 1000))
  return { name: line('name'), email: line('email'), phone: line('phone'), reference: line('reference') }
}

function readCompany(typed: TypedCompany): Reading<CompanyFields> {
  const errors: FieldError[] = []
  if (!typed.name) errors.push({ field: 'name', message: 'Enter the name of the company' })
  if (typed.email && !emailKey(typed.email)) {
    errors.push({ field: 'email', message: 'Enter an email address like name@example.com, or leave it empty' })
  }
  for (const [field, most] of Object.entries(COMPANY_LENGTHS)) {
    const isLong = [...typed[field as keyof TypedCompany]].length > most
    if (isLong && !errors.some(error => error.field === field))
      errors.push({ field, message: `Use at most ${String(most)} characters here` })
  }
  if (errors.length > 0) return { ok: false, errors }
  return {
    ok: true,
    values: {
      name: typed.name,
      email: typed.email || null,
      phone: typed.phone || null,
      reference: typed.reference || null,
    },
  }
}
