import type { Proposal } from '#protocol/head-office/office.ts'
import { VafaError } from '#runtime/errors.ts'
import { isoNow, type Runtime } from '#runtime/runtime.ts'
import type { OfficeDatabase } from './office-database.ts'

/** What nobody has agreed to in a week is no longer what was meant. */
const lapseMs = 7 * 86_400_000
const shownMost = 200

interface Row {
  proposalid: string
  name: string
  subject: string
  data: string
  by: string
  at: string
  lapsesat: string
  status: Proposal['status']
  decidedby: string | null
  decidedat: string | null
  result: string | null
}

export type KeptProposal = Omit<Proposal, 'may'>
export type Proposals = ReturnType<typeof createProposals>

/** What waits for a second approval, and what became of it. */
export function createProposals({ database, runtime }: { database: OfficeDatabase; runtime: Runtime }) {
  const lapse = () =>
    database.prepare("UPDATE proposals SET status = 'lapsed' WHERE status = 'waiting' AND lapsesat <= ?").run(isoNow(runtime))
  // Asked twice a second: it only reads.
  const waiting = database.prepare<[string], { count: number }>(
    "SELECT COUNT(*) AS count FROM proposals WHERE status = 'waiting' AND lapsesat > ?",
  )
  return {
    add({ name, subject, data, by }: Pick<KeptProposal, 'name' | 'subject' | 'data' | 'by'>): string {
      const proposalid = runtime.uuid()
      const lapsesat = new Date(runtime.now() + lapseMs).toISOString()
      database
        .prepare("INSERT INTO proposals VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', NULL, NULL, NULL)")
        .run(proposalid, name, subject, JSON.stringify(data), by, isoNow(runtime), lapsesat)
      return proposalid
    },
    list(): KeptProposal[] {
      lapse()
      return database
        .prepare<[number], Row>("SELECT * FROM proposals ORDER BY status = 'waiting' DESC, at DESC LIMIT ?")
        .all(shownMost)
        .map(proposalOf)
    },
    waiting(): number {
      return waiting.get(isoNow(runtime))?.count ?? 0
    },
    /** One that waits. Throws `proposal.unknown` otherwise. */
    find(proposalid: string): KeptProposal {
      lapse()
      const row = database.prepare<[string], Row>('SELECT * FROM proposals WHERE proposalid = ?').get(proposalid)
      if (row?.status === 'waiting') return proposalOf(row)
      throw new VafaError({
        key: 'proposal.unknown',
        message: row ? `it is ${row.status} already` : 'no proposal has that id',
        hint: 'look at the list again',
      })
    },
    /** Once: of two who decide at the same time the second is told that it is decided. */
    decide(proposalid: string, { status, by, result }: { status: Proposal['status']; by: string; result?: string }): void {
      const { changes } = database
        .prepare(
          "UPDATE proposals SET status = ?, decidedby = ?, decidedat = ?, result = ? WHERE proposalid = ? AND status = 'waiting'",
        )
        .run(status, by, isoNow(runtime), result ?? null, proposalid)
      if (changes === 0) throw new VafaError({ key: 'proposal.unknown', message: 'somebody else has just decided it' })
    },
  }
}

const proposalOf = ({ decidedby, decidedat, result, data, ...row }: Row): KeptProposal => ({
  ...row,
  data: JSON.parse(data) as unknown,
  ...(decidedby === null ? {} : { decidedBy: decidedby }),
  ...(decidedat === null ? {} : { decidedAt: decidedat }),
  ...(result === null ? {} : { result }),
})
