import type { WorldMutant } from './mutants.ts'

const small = { stores: 2, members: 50, acts: 150 }

/** Each fault with the world that notices it. One that a world does not notice any more needs another seed, found by trying. */
export const worldMutants: readonly WorldMutant[] = [
  { name: '01-no-fsync', ...small, seed: 1, says: /^lost: / },
  { name: '02-settled-by-puback', ...small, seed: 6, says: /^lost: sale/ },
  { name: '03-processed-ids-forgotten-at-restart', ...small, seed: 1, says: /facts that nobody answered|in quarantine/ },
  { name: '04-published-before-commit', ...small, seed: 6, says: /^lost: sale/ },
  { name: '05-live-past-its-own-backlog', ...small, seed: 6, says: /booked before an older fact of its order key/ },
  { name: '06-advice-books-again', ...small, seed: 1, says: /^nobody rang up sale/ },
  { name: '07-late-reply-prints-again', ...small, seed: 4, says: /was printed 2 times/ },
  { name: '08-lapse-forgotten', ...small, acts: 400, seed: 28, says: /is held beyond its time/ },
  { name: '09-lots-not-restored', ...small, seed: 4, says: /balance \d+, by the sales/ },
  { name: '10-allowance-not-in-ledger', ...small, seed: 1, says: /is set aside, \d+ is lent$/ },
  { name: '11-numbers-begin-again', ...small, seed: 6, says: /^the club has .* of the \d+ facts/ },
  { name: '12-reply-made-anew', ...small, seed: 13, says: /in two ways$/ },
  {
    ...{ name: '13-versions-go-back-with-the-books', ...small, acts: 400, seed: 5 },
    ...{ faults: 'club-restore,offline,weather,club-crash', says: /that the club can lose$/ },
  },
]
