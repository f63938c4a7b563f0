// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is source text.
import { invariants } from '../databases/ledger-invariants.ts'

/** A fault put into the source by hand: the named law of the ledger must notice it. */
export interface Mutant {
  name: string
  invariant: (typeof invariants)[number]
  /** Where the text stands exactly once, and what takes its place. */
  edits: readonly { file: string; replace: readonly [from: string, to: string] }[]
}

const one = (file: string, from: string, to: string): Mutant['edits'] => [{ file, replace: [from, to] }]

export const ledgerMutants: readonly Mutant[] = [
  {
    name: 'a grant adds more to the balance than its transfer moves',
    invariant: invariants[0],
    edits: one('club/ledger/purse.ts', '    change(unit, amount)\n', '    change(unit, amount + 1)\n'),
  },
  {
    name: 'the reply of an event is written over when it is revised',
    invariant: invariants[1],
    edits: [
      { file: 'club/store/sqlite-schema.ts', replace: ["${appendOnly('journal')}", ''] },
      {
        file: 'club/store/sqlite-engine.ts',
        replace: ['    table.appendOnly || changing.length === 0', '    changing.length === 0'],
      },
      {
        file: 'club/books/journal.ts',
        replace: [
          "  desk.put('revision', reply.inReplyTo,",
          "  const entry = desk.get('entry', reply.inReplyTo)\n  if (entry) desk.put('entry', entry.id, { ...entry, reply: text })\n  desk.put('revision', reply.inReplyTo,",
        ],
      },
    ],
  },
  {
    name: 'a repeat gets the reply of before it was revised',
    invariant: invariants[2],
    edits: one('club/books/journal.ts', "  reply: desk.get('revision', id)?.reply ?? reply,", '  reply,'),
  },
  {
    name: 'an event does not see what the one before it in the batch did',
    invariant: invariants[3],
    edits: one(
      'club/books/desk.ts',
      '      if (shelf.batch.has(key)) return shelf.batch.get(key) as Records[K] | undefined\n',
      '',
    ),
  },
  {
    name: 'what was remembered and is not in its table yet is not seen',
    invariant: invariants[4],
    edits: one(
      'club/books/desk.ts',
      '      if (shelf.remembered.has(key)) return shelf.remembered.get(key) as Records[K] | undefined\n',
      '',
    ),
  },
  {
    name: 'a reversal leaves the discount in the books',
    invariant: invariants[5],
    edits: one('club/booking/undo.ts', 'isOthers(one)', 'false'),
  },
  {
    name: 'credit that was spent is taken back below zero',
    invariant: invariants[6],
    edits: one(
      'club/booking/undo.ts',
      'writtenOff: writtenOffAccount(unit), overdraft }',
      "writtenOff: writtenOffAccount(unit), overdraft: 'returns' }",
    ),
  },
  {
    name: 'points come out of the account of credit',
    invariant: invariants[7],
    edits: one(
      'club/booking/sale.ts',
      '  purse.receive(unit, issuedAccount(unit),',
      "  purse.receive(unit, issuedAccount('credit'),",
    ),
  },
  {
    name: 'what was refused is answered as booked the second time',
    invariant: invariants[8],
    edits: one(
      'club/books/journal.ts',
      "if (same) return { is: 'repeat', reply: same.reply }",
      "if (same) return { is: 'repeat', reply: same.reply.replace('quarantined', 'accepted') }",
    ),
  },
  {
    name: 'the transfers of an event are numbered backwards',
    invariant: invariants[9],
    edits: one('club/books/desk.ts', 'before.length + index', '(postingsMax - 1 - before.length - index)'),
  },
]
