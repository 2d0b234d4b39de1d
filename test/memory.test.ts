import { expect } from 'chai'
import { sources } from './support/sources.ts'

/** What a file keeps for as long as its process lives, and why another process misses nothing of it. */
const KEPT: Record<string, string> = {
  'src/core/audit/refusals.ts budgets': 'counted in the database; kept is only that one is full, and told of',
  'src/core/bucket.ts known': 'clients of the bucket; made anew wherever they lack',
  'src/core/contacts/now.ts memory': 'asked with the marks of the database, which every change of any process moves',
  'src/core/imports/contact-row.ts known': 'goes with the row it belongs to',
  'src/core/mail/compose.ts clocks': 'formats of moments; worked out from the zone alone',
  'src/core/passwords.ts judge': 'dictionaries that never change',
  'src/core/secrets.ts keys': 'worked out from APP_SECRET, which is the same for all',
  'src/core/secrets.ts stock': 'random bytes that nobody has seen',
  'src/core/workbooks/read.ts last': 'the turn of workbooks, for the memory of this very machine',
  'src/core/throttle/rate-limiter.ts turns': 'counts of one turn of this process, on their way to the database',
  'src/db/named-statements.ts names': 'of the statements of this process, for its own connections',
  'src/db/named-statements.ts times': 'how often this process asked each of them',
  'src/failpoints.ts reached': 'set by tests alone',
  'src/web/shared/session-store.ts born': 'goes with its request',
  'src/web/shared/views.ts views': 'files of the program',
  'src/web/shared/words.ts known': 'formats of moments; worked out from the zone alone',
}

describe('The memory of a process', () => {
  it('holds nothing that another process would miss', () => {
    const state = /^(?:export )?(?:let (\w+)|const (\w+)(?:: [^=]+)? = new (?:Weak)?(?:Map|Set)(?:<.*>)?\(\))/gm

    const kept = sources('src', '.ts').flatMap(({ path, text }) =>
      [...text.matchAll(state)].map(([, one, other]) => `${path} ${one ?? other ?? ''}`),
    )

    expect(kept.filter(one => !(one in KEPT))).to.deep.equal([])
    expect(kept).to.include('src/core/secrets.ts keys')
  })
})
