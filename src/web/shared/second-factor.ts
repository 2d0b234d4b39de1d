import type { Request, RequestHandler, Response, Router } from 'express'
import type { PortalUser, Staff } from '../../core/actors.ts'
import { keyAddress, keyOfOffer, newKeyOffer } from '../../core/second-factor/keys.ts'
import {
  factorOf,
  makeRecoveryCodes,
  RECOVERY_CODES,
  turnOffFactor,
  turnOnFactor,
  type FactorRefusal,
} from '../../core/second-factor/own.ts'
import type { Deps } from './deps.ts'
import { notFound } from './errors.ts'
import { rawText, text, type FieldError } from './forms.ts'
import { redirectSaying } from './page.ts'
import { qrCode } from './qr-code.ts'
import { proofOf, refusing, WRONG_CODE, type ProofFace } from './second-factor-proof.ts'
import { showRecoveryCodes, shownRecoveryCodes } from './recovery-codes.ts'
import { signIn } from './session.ts'

type Person = (Staff | PortalUser) & Express.User

export interface SecondFactorFace extends ProofFace {
  pages: Router
  base: '/staff' | '/portal'
  /** Stands before every page. */
  allowed: RequestHandler
  personOf: (req: Request) => Person
  /** Whose codes these are, as an app shows it. */
  issuer: (res: Response) => string
  /** Whether somebody without a second factor may set one up, and whether they must before anything else. */
  isOffered: (res: Response) => boolean
  isRequired: (person: Person, res: Response) => boolean
  nav: string
  crumbs: [string, string][]
}

/** One's own second factor: what it is, setting it up, its recovery codes, and turning it off. */
export function secondFactorPages(face: SecondFactorFace): void {
  const { pages, deps, base, allowed, personOf } = face

  pages.get('/second-factor', allowed, async (req, res) => {
    const person = personOf(req)
    const factor = await factorOf(deps.db, person)
    if (!factor && !face.isOffered(res)) throw notFound()
    res.page('shared/second-factor/own', {
      title: 'Second factor',
      nav: face.nav,
      crumbs: face.crumbs,
      base,
      factor,
      most: RECOVERY_CODES,
      isRequired: face.isRequired(person, res),
      hasCodes: shownRecoveryCodes(deps, req).length > 0,
    })
  })

  setUpPages(face)
  codePages(face)
  provedPages(face)
}

function setUpPages(face: SecondFactorFace): void {
  const { pages, deps, base, allowed, personOf } = face

  pages.get('/second-factor/set-up', allowed, (req, res) => {
    if (personOf(req).hasSecondFactor) return res.redirect(303, `${base}/second-factor`)
    if (!face.isOffered(res)) throw notFound()
    showSetUp(face, req, res, [])
  })

  pages.post('/second-factor/set-up', allowed, async (req, res) => {
    const person = personOf(req)
    if (person.hasSecondFactor) return res.redirect(303, `${base}/second-factor`)
    if (!face.isOffered(res)) throw notFound()
    const key = offeredKey(deps, req)
    if (key === null) return showSetUp(face, req, res.status(422), [OFFER_OVER])
    const proof = await proofOf(face, req, person)
    if (!proof.ok) return showSetUp(face, req, refusing(res, proof.error), [proof.error.mistake])
    const done = await turnOnFactor(deps.db, deps, person, { key, code: codeIn(req) }, deps.now())
    if (!done.ok) {
      if (done.error === 'gone') return res.redirect(303, `${base}/sign-in?again=1`)
      await face.codes.failed(req, person, { tries: proof.value, at: 'own' })
      return showSetUp(face, req, res.status(422), [WRONG_CODE])
    }
    await face.codes.forget(person)
    deps.wakeWorker()
    await signIn(req, done.value.person)
    await showRecoveryCodes(deps, req, done.value.codes)
    await redirectSaying(req, res, `${base}/second-factor/codes`, 'Your second factor is on.')
  })
}

/** The recovery codes, for as long as they are shown. */
function codePages({ pages, deps, base, allowed, nav, crumbs }: SecondFactorFace): void {
  pages.get('/second-factor/codes', allowed, (req, res) => {
    const codes = shownRecoveryCodes(deps, req)
    if (codes.length === 0) return res.redirect(303, `${base}/second-factor`)
    const all: [string, string][] = [...crumbs, ['Second factor', `${base}/second-factor`]]
    res.page('shared/second-factor/codes', { title: 'Your recovery codes', nav, crumbs: all, base, codes })
  })

  pages.get('/second-factor/codes.txt', allowed, (req, res) => {
    const codes = shownRecoveryCodes(deps, req)
    if (codes.length === 0) return res.redirect(303, `${base}/second-factor`)
    const lines = [`Recovery codes for ${deps.config.baseUrl}${base}`, 'Each works once.', '', ...codes, '']
    res
      .set({ 'Cache-Control': 'no-store', 'Content-Disposition': 'attachment; filename="recovery-codes.txt"' })
      .type('text')
      .send(lines.join('\n'))
  })

  pages.post('/second-factor/codes-kept', allowed, async (req, res) => {
    delete req.session.recoveryCodes
    await redirectSaying(req, res, `${base}/second-factor`, 'Your recovery codes are not shown any more.')
  })
}

/** What somebody with a second factor has to prove themselves for. */
const PROVED = {
  'new-codes': {
    title: 'Make new recovery codes?',
    text: 'The recovery codes you have now stop working, used or not. You get ten new ones.',
    button: 'Make new recovery codes',
  },
  'turning-off': {
    title: 'Turn off your second factor?',
    text: 'Your password alone will be enough to sign in. Everywhere else you are signed in, you are signed out. To move to another phone, turn it off here and set it up again.',
    button: 'Turn off the second factor',
  },
} as const

type Proved = keyof typeof PROVED

function provedPages(face: SecondFactorFace): void {
  const { pages, deps, base, allowed, personOf } = face

  for (const act of ['new-codes', 'turning-off'] as const) {
    pages.get(`/second-factor/${act}`, allowed, (req, res) => {
      if (!personOf(req).hasSecondFactor) return res.redirect(303, `${base}/second-factor`)
      showProof(face, res, act, [])
    })

    pages.post(`/second-factor/${act}`, allowed, async (req, res) => {
      const person = personOf(req)
      if (!person.hasSecondFactor) return res.redirect(303, `${base}/second-factor`)
      const proof = await proofOf(face, req, person)
      if (!proof.ok) return showProof(face, refusing(res, proof.error), act, [proof.error.mistake])
      const refusal = await (act === 'new-codes' ? newCodes : turnOff)(req, res, person)
      if (refusal === null) return
      if (refusal === 'gone') return res.redirect(303, `${base}/sign-in?again=1`)
      await face.codes.failed(req, person, { tries: proof.value, at: 'own' })
      showProof(face, res.status(422), act, [WRONG_CODE])
    })
  }

  async function newCodes(req: Request, res: Response, person: Person): Promise<FactorRefusal | null> {
    const made = await makeRecoveryCodes(deps.db, deps, person, codeIn(req), deps.now())
    if (!made.ok) return made.error
    await face.codes.forget(person)
    deps.wakeWorker()
    await showRecoveryCodes(deps, req, made.value)
    await redirectSaying(req, res, `${base}/second-factor/codes`, 'You have new recovery codes.')
    return null
  }

  async function turnOff(req: Request, res: Response, person: Person): Promise<FactorRefusal | null> {
    const done = await turnOffFactor(deps.db, deps, person, codeIn(req), deps.now())
    if (!done.ok) return done.error
    await face.codes.forget(person)
    deps.wakeWorker()
    await signIn(req, done.value)
    const to = face.isOffered(res) ? `${base}/second-factor` : base
    await redirectSaying(req, res, to, 'Your second factor is off. Other places you were signed in are signed out.')
    return null
  }
}

const OFFER_OVER: FieldError = {
  field: 'code',
  message: 'The key you were shown is too old. Put the new one below into your app, and enter its code',
}

function offeredKey({ config, now }: Deps, req: Request): string | null {
  return keyOfOffer(config.appSecret, req.sessionID, rawText(req.body, 'offer', 1000), now())
}

/** The key stays the same while a form is corrected: it is in the app already. */
function showSetUp(face: SecondFactorFace, req: Request, res: Response, errors: FieldError[]): void {
  const { deps, base, nav, crumbs } = face
  const again = offeredKey(deps, req)
  const offer = again === null ? null : { key: again, sealed: rawText(req.body, 'offer', 1000) }
  const { key, sealed } = offer ?? newKeyOffer(deps.config.appSecret, req.sessionID, deps.now())
  const address = keyAddress(key, face.issuer(res), face.nameOf(face.personOf(req)))
  res.page('shared/second-factor/set-up', {
    title: 'Set up a second factor',
    nav,
    crumbs: [...crumbs, ['Second factor', `${base}/second-factor`]],
    errors,
    base,
    offer: sealed,
    key: key.match(/.{1,4}/g)?.join(' ') ?? '',
    address,
    qr: qrCode(address),
  })
}

function showProof({ base, nav, crumbs }: SecondFactorFace, res: Response, act: Proved, errors: FieldError[]): void {
  const all: [string, string][] = [...crumbs, ['Second factor', `${base}/second-factor`]]
  res.page('shared/second-factor/proof', { ...PROVED[act], nav, crumbs: all, errors, base, act })
}

function codeIn(req: Request): string {
  return text(req.body, 'code', 100)
}
