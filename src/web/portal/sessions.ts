import { endOtherSessions, endOwnSession, ownSessions } from '../../core/sessions/own.ts'
import { browserWords } from '../shared/browser-words.ts'
import { text } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count } from '../shared/words.ts'
import type { PortalPages } from './face.ts'
import { portalUserOf } from './guard.ts'

/** Where one is signed in, and signing out there. */
export function sessionPages({ pages, deps }: PortalPages): void {
  const { db, now } = deps

  pages.get('/sessions', async (req, res) => {
    const sessions = await ownSessions(db, portalUserOf(req), req.sessionID, now())
    res.page('portal/sessions', {
      title: 'Where you are signed in',
      nav: 'password',
      sessions: sessions.map(one => ({ ...one, browser: browserWords(one.userAgent) })),
    })
  })

  pages.post('/sessions/ending', async (req, res) => {
    const ended = await endOwnSession(db, portalUserOf(req), text(req.body, 'session', 100), now())
    const said = ended ? 'You are signed out there.' : 'Nothing was changed: you are not signed in there any more.'
    await redirectSaying(req, res, '/portal/sessions', said)
  })

  pages.post('/sessions/ending-others', async (req, res) => {
    const ended = await endOtherSessions(db, portalUserOf(req), req.sessionID, now())
    await redirectSaying(req, res, '/portal/sessions', `You are signed out in ${count(ended, 'other place')}.`)
  })
}
