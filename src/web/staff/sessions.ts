import { endOtherSessions, endOwnSession, ownSessions } from '../../core/sessions/own.ts'
import { browserWords } from '../shared/browser-words.ts'
import { text } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** Where one is signed in, and signing out there. */
export function sessionPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/sessions', may('see'), async (req, res) => {
    const sessions = await ownSessions(db, staffOf(req), req.sessionID, now())
    res.page('staff/sessions/list', {
      title: 'Where you are signed in',
      nav: 'settings',
      crumbs: [['Settings', '/staff/settings']],
      sessions: sessions.map(one => ({ ...one, browser: browserWords(one.userAgent) })),
    })
  })

  pages.post('/sessions/ending', may('see'), async (req, res) => {
    const ended = await endOwnSession(db, staffOf(req), text(req.body, 'session', 100), now())
    const said = ended ? 'You are signed out there.' : 'Nothing was changed: you are not signed in there any more.'
    await redirectSaying(req, res, '/staff/sessions', said)
  })

  pages.post('/sessions/ending-others', may('see'), async (req, res) => {
    const ended = await endOtherSessions(db, staffOf(req), req.sessionID, now())
    await redirectSaying(req, res, '/staff/sessions', `You are signed out in ${count(ended, 'other place')}.`)
  })
}
