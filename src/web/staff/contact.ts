import type { Request, Response } from 'express'
import { may as staffMay } from '../../core/actors.ts'
import { companiesCalled } from '../../core/companies/companies.ts'
import { addContact, archiveContact, changeContact, type GivenContact } from '../../core/contacts/changes.ts'
import { contact, likelyDuplicates, type Contact } from '../../core/contacts/queries.ts'
import { loginOfContact } from '../../core/portal-users/queries.ts'
import { productsOfContact } from '../../core/products/holders.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text, ticked, type FieldError, type Reading } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { readContact, typedContact, type TypedContact } from './contact-form.ts'
import { TYPE_WORDS } from './contact-list-query.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'
import { subscribersPanel } from './subscribers.ts'

const CRUMBS = [['Contacts', '/staff/contacts']]
const REFUSALS: Record<'reference-taken' | 'changed-meanwhile', FieldError> = {
  'reference-taken': {
    field: 'reference',
    message: 'Another contact has this reference. Use a different one, or leave it empty',
  },
  'changed-meanwhile': {
    field: 'name',
    message:
      'Somebody changed this contact while you were editing it. Open it again to see the change, then save yours',
  },
}

const MAYBE_TWICE: FieldError = {
  field: 'not_a_duplicate',
  message:
    'This may be somebody you have already. Look at the contacts named below, or say that this is another person',
}

type Twin = Awaited<ReturnType<typeof likelyDuplicates>>[number]

/** One contact: its page, adding, changing, archiving. */
export function contactPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/contacts/new', may('change'), (_req, res) => {
    showForm(res, null, { ...typedContact({}), contactType: 'client' }, [])
  })

  pages.post('/contacts', may('change'), async (req, res) => {
    const given = await givenBy(req, res, null)
    if (!given) return
    const added = await addContact(db, staffOf(req), given, now())
    if (!added.ok) return showForm(res.status(422), null, typedContact(req.body), [REFUSALS[added.error]])
    await redirectSaying(req, res, `/staff/contacts/${String(added.value)}`, `${given.fields.name} was added.`)
  })

  pages.get('/contacts/:id', may('see'), async (req, res) => {
    const found = await contactAt(req)
    res.page('staff/contacts/contact', {
      title: found.name,
      tabTitle: `${found.name} – Contacts`,
      nav: 'contacts',
      crumbs: CRUMBS,
      contact: found,
      login: await loginOfContact(db, found.id),
      products: await productsOfContact(db, found.id),
      typeWords: TYPE_WORDS[found.contactType],
      panel: await subscribersPanel(deps, found.id, req.query),
      mayChange: staffMay(staffOf(req), 'change'),
      nowMs: now(),
    })
  })

  pages.get('/contacts/:id/change', may('change'), async (req, res) => {
    const found = await contactAt(req)
    showForm(res, found, { ...typedContact({}), ...filledIn(found) }, [])
  })

  pages.post('/contacts/:id', may('change'), async (req, res) => {
    const found = await contactAt(req)
    const given = await givenBy(req, res, found)
    if (!given) return
    const version = readId(text(req.body, 'version')) ?? 0
    const changed = await changeContact(db, staffOf(req), found.id, version, given, now())
    if (!changed.ok) return showForm(res.status(422), found, typedContact(req.body), [refusalError(changed.error)])
    await redirectSaying(
      req,
      res,
      `/staff/contacts/${String(found.id)}`,
      `The changes to ${given.fields.name} were saved.`,
    )
  })

  for (const [act, archived] of [
    ['archiving', true],
    ['restoring', false],
  ] as const) {
    pages.post(`/contacts/:id/${act}`, may('change'), async (req, res) => {
      const done = await archiveContact(db, staffOf(req), readId(req.params.id) ?? 0, archived, now())
      if (!done.ok) throw notFound()
      const words = archived
        ? 'was archived. A sign-in it has stays as it is. You can restore it here.'
        : 'is back in the list.'
      await redirectSaying(req, res, `/staff/contacts/${String(done.value.id)}`, `${done.value.name} ${words}`)
    })
  }

  async function contactAt(req: Request): Promise<Contact> {
    const found = await contact(db, readId(req.params.id) ?? 0)
    if (!found) throw notFound()
    return found
  }

  /** A good form, its company found or to be added; null once the form was shown again with what to change. */
  async function givenBy(req: Request, res: Response, found: Contact | null): Promise<GivenContact | null> {
    const typed = typedContact(req.body)
    const form = readContact(typed)
    const company = await companyOf(typed, found)
    const errors = [...(form.ok ? [] : form.errors), ...(company.ok ? [] : company.errors)]
    if (!form.ok || !company.ok) return again(errors)
    const fields = { ...form.values, companyId: company.values.id }
    const twins = found || ticked(req.body, 'not_a_duplicate') ? [] : await likelyDuplicates(db, fields, 0)
    if (twins.length > 0) return again([MAYBE_TWICE], twins)
    return { fields, newCompany: company.values.toAdd }

    function again(mistakes: FieldError[], duplicates: Twin[] = []): null {
      showForm(res.status(422), found, typed, mistakes, duplicates)
      return null
    }
  }

  /**
   * A company left as it was stays, whatever became of it; another one is known by its name, or added when that is
   * ticked.
   */
  async function companyOf(
    typed: TypedContact,
    found: Contact | null,
  ): Promise<Reading<{ id: number | null; toAdd: string | null }>> {
    if (typed.company === (found?.company ?? ''))
      return { ok: true, values: { id: found?.companyId ?? null, toAdd: null } }
    const called = typed.company ? await companiesCalled(db, typed.company) : []
    if (called.length > 1)
      return companyMistake(
        `There are ${String(called.length)} companies called ${typed.company}. Rename all but one of them first`,
      )
    if (called[0] || !typed.company) return { ok: true, values: { id: called[0]?.id ?? null, toAdd: null } }
    if (typed.addCompany) return { ok: true, values: { id: null, toAdd: typed.company } }
    return companyMistake(
      `There is no company called ${typed.company}. Check the name, or tick “Add it as a new company”`,
    )
  }

  function showForm(
    res: Response,
    found: Contact | null,
    typed: TypedContact,
    errors: FieldError[],
    duplicates: Twin[] = [],
  ): void {
    res.page('staff/contacts/form', {
      title: found ? `Change ${found.name}` : 'Add a contact',
      nav: 'contacts',
      crumbs: found ? [...CRUMBS, [found.name, `/staff/contacts/${String(found.id)}`]] : CRUMBS,
      errors,
      typed,
      duplicates,
      contact: found,
      types: Object.entries(TYPE_WORDS),
    })
  }
}

function companyMistake(message: string): { ok: false; errors: FieldError[] } {
  return { ok: false, errors: [{ field: 'company', message }] }
}

function refusalError(refusal: keyof typeof REFUSALS | 'not-found'): FieldError {
  if (refusal === 'not-found') throw notFound()
  return REFUSALS[refusal]
}

function filledIn(found: Contact): Partial<TypedContact> {
  return {
    name: found.name,
    contactType: found.contactType,
    company: found.company ?? '',
    email: found.email ?? '',
    phone: found.phone ?? '',
    reference: found.reference ?? '',
    notes: found.notes ?? '',
    version: found.version,
  }
}
