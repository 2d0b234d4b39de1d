import {
  countNotices,
  markAllRead,
  markRead,
  noticesPage,
  UNREAD_COUNTED,
  unreadCount,
} from '../../core/notifications/bell.ts'
import { notFound } from '../shared/errors.ts'
import { readId, text } from '../shared/forms.ts'
import { redirectSaying } from '../shared/page.ts'
import { paging, readPage } from '../shared/paging.ts'
import { count } from '../shared/words.ts'
import type { StaffPages } from './face.ts'
import { may, staffOf } from './guard.ts'

/** The bell: what happened in the background since one last looked. */
export function notificationPages({ pages, deps }: StaffPages): void {
  const { db, now } = deps

  pages.get('/notifications', may('see'), async (req, res) => {
    const staff = staffOf(req)
    const lie = paging(await countNotices(db, staff), readPage(req.query.page), staff.rowsPerPage)
    if (lie.page > lie.pages) return res.redirect(303, '/staff/notifications')
    const notices = await noticesPage(db, staff, lie.page, lie.perPage)
    const unread = await unreadCount(db, staff)
    res.page('staff/notifications/list', {
      title: 'Notifications',
      tabTitle: lie.page > 1 ? `Notifications (page ${String(lie.page)})` : 'Notifications',
      nav: 'notifications',
      paging: lie,
      notices,
      unreadWords: unread < UNREAD_COUNTED ? `${String(unread)} unread` : 'More than 99 unread',
      newest: (lie.page === 1 ? notices : await noticesPage(db, staff, 1, 1))[0]?.id ?? 0,
    })
  })

  pages.post('/notifications/read', may('see'), async (req, res) => {
    const upTo = readId(text(req.body, 'up_to')) ?? 0
    const marked = await markAllRead(db, staffOf(req), upTo, now())
    await redirectSaying(req, res, '/staff/notifications', `${count(marked, 'notification')} marked as read`)
  })

  pages.post('/notifications/:id/read', may('see'), async (req, res) => {
    const marked = await markRead(db, staffOf(req), readId(req.params.id) ?? 0, now())
    if (!marked.ok) throw notFound()
    const page = readPage(text(req.body, 'page'))
    const back = page > 1 ? `/staff/notifications?page=${String(page)}` : '/staff/notifications'
    await redirectSaying(req, res, back, 'Marked as read')
  })
}
