import type { WorldMutant } from './mutants.ts'

const small = { stores: 2, members: 50, acts: 150 }

/** Each fault with the world that notices it. One that a world does not notice any more needs another seed, found by trying. */
export const worldMutants: readonly WorldMutant[] = [
  {
    name: '01-no-fsync',
    ...small,
    faults: 'box-crash,weather,offline',
    seed: 18,
    says: /^lost: |^the club has .* of the .* facts/,
  },
  {
    name: '02-settled-by-puback',
    ...small,
    faults: 'club-crash,partition,weather,box-crash',
    seed: 5,
    says: /^lost: |booked before an older fact/,
  },
  {
    name: '03-processed-ids-forgotten-at-restart',
    ...small,
    faults: 'club-crash,weather',
    seed: 1,
    says: /facts that nobody answered|in quarantine/,
  },
  { name: '04-published-before-commit', ...small, faults: 'club-crash,weather', seed: 7, says: /^lost: sale|in two ways$/ },
  {
    name: '05-live-past-its-own-backlog',
    ...small,
    faults: 'offline,weather,partition',
    seed: 1,
    says: /booked before an older fact of its order key/,
  },
  { name: '06-advice-books-again', ...small, faults: 'offline,weather', seed: 1, says: /^nobody rang up sale/ },
  { name: '07-late-reply-prints-again', ...small, faults: 'offline,weather,partition', seed: 1, says: /was printed 2 times/ },
  { name: '08-lapse-forgotten', ...small, acts: 400, faults: 'offline,box-restart', seed: 10, says: /is held beyond its time/ },
  { name: '09-lots-not-restored', ...small, faults: 'weather', seed: 2, says: /balance \d+, by the sales/ },
  { name: '10-allowance-not-in-ledger', ...small, faults: 'offline', seed: 1, says: /is set aside, \d+ is lent$/ },
  {
    name: '11-numbers-begin-again',
    ...small,
    faults: 'box-crash,box-restart',
    seed: 1,
    says: /^the club has .* of the \d+ facts/,
  },
  { name: '12-reply-made-anew', ...small, faults: 'club-crash,weather', seed: 2, says: /in two ways$/ },
  {
    ...{ name: '13-versions-go-back-with-the-books', ...small, acts: 400, seed: 4 },
    ...{ faults: 'club-restore,offline,weather,club-crash', says: /that the club can lose$/ },
  },
  // What the worlds found: each of these was so.
  {
    name: '14-whoever-was-asked-about-buys',
    ...small,
    stores: 3,
    acts: 500,
    faults: 'terminal-crash,terminal-cable',
    seed: 10,
    says: /of customer undefined stands under member/,
  },
  {
    name: '15-a-full-disk-is-a-fault-to-a-terminal',
    ...small,
    faults: 'disk-full',
    seed: 1,
    says: /^a message of a terminal met a fault/,
  },
]
