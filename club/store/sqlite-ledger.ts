import type { Database } from '#runtime/sqlite.ts'
import { accounts, type PostedTransfer, type Transfer, type TransferDraft } from '../ledger/transfers.ts'
import type { AuditDifference } from './store.ts'

interface PostedRow extends Omit<PostedTransfer, 'compensates'> {
  compensates: number | null
}
interface TransferRow extends Omit<Transfer, 'compensates'> {
  compensates: number | null
}

const transferColumns = `
  SELECT t.seq, d.name AS debit, c.name AS credit, t.amount, d.unit, t.kind, t.ruleid, j.id AS eventid, t.at, t.compensates
  FROM transfers t JOIN accounts d ON d.account = t.debit JOIN accounts c ON c.account = t.credit JOIN journal j ON j.seq = t.event`

const withoutNull = <Row extends { compensates: number | null }>({ compensates, ...row }: Row) => ({
  ...row,
  ...(compensates === null ? {} : { compensates }),
})

/**
 * Accounts and transfers in SQLite. The house's and the stores' balances change with nearly every sale: their changes
 * are gathered and written once a batch (`settleHouse`), and dropped with an event that is set aside (`dropStaged`).
 */
export function sqliteLedger(db: Database, options: { currency: string; stores: readonly string[]; units: Iterable<string> }) {
  const insertAccount = db.prepare<[string, string]>('INSERT INTO accounts (name, unit) VALUES (?, ?) ON CONFLICT DO NOTHING')
  const accountByName = db.prepare<[string], { account: number; unit: string }>(
    'SELECT account, unit FROM accounts WHERE name = ?',
  )
  const addToBalance = db.prepare<[number, number]>('UPDATE accounts SET balance = balance + ? WHERE account = ?')
  const insertTransfer = db.prepare<[number, number, number, string, string, number, string, string, number | null]>(
    'INSERT INTO transfers (debit, credit, amount, kind, ruleid, event, sale, at, compensates) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const bySale = db.prepare<[string], TransferRow>(`${transferColumns} WHERE t.sale = ? ORDER BY t.seq`)
  const posted = db.prepare<[string], PostedRow>(
    `SELECT t.seq, d.name AS debit, c.name AS credit, t.amount, d.unit, t.kind, t.ruleid, t.compensates
     FROM transfers t JOIN accounts d ON d.account = t.debit JOIN accounts c ON c.account = t.credit WHERE t.sale = ? ORDER BY t.seq`,
  )
  const byMember = db.prepare<[number], TransferRow>(
    `${transferColumns} WHERE t.sale IN (SELECT saleid FROM sales WHERE member = ?) ORDER BY t.seq`,
  )

  const openAccount = (name: string, unit = options.currency): number => {
    insertAccount.run(name, unit)
    const row = accountByName.get(name)
    if (!row) throw new Error(`account ${name} could not be opened`)
    return row.account
  }
  const houseNames = [
    accounts.issued,
    accounts.discounts,
    accounts.offlineDifferences,
    ...options.stores.map(accounts.storeDiscounts),
  ]
  for (const name of houseNames) openAccount(name)
  for (const unit of options.units) openAccount(accounts.issuedUnit(unit), unit)
  // All that there are: a quote may still be of a programme that knew other points.
  const house = new Map(
    db
      .prepare<[], { name: string; account: number }>("SELECT name, account FROM accounts WHERE name NOT LIKE 'member:%'")
      .all()
      .map(({ name, account }) => [name, account]),
  )
  const pending = new Map<number, number>()
  let staged: [account: number, change: number][] = []

  const change = (name: string, amount: number): number => {
    const houseAccount = house.get(name)
    if (houseAccount !== undefined) {
      staged.push([houseAccount, amount])
      return houseAccount
    }
    const row = accountByName.get(name)
    if (!row) throw new Error(`there is no account ${name}`)
    addToBalance.run(amount, row.account)
    return row.account
  }

  return {
    openAccount,
    /** Writes the transfers of one event. `event`: its place in the journal. */
    post(drafts: readonly TransferDraft[], cause: { event: number; saleid: string; at: string }): void {
      for (const { debit, credit, amount, kind, ruleid, compensates } of drafts) {
        const from = change(debit, -amount)
        const to = change(credit, amount)
        insertTransfer.run(from, to, amount, kind, ruleid, cause.event, cause.saleid, cause.at, compensates ?? null)
      }
    },
    /** What the event just booked did to the house's accounts stands. */
    keepStaged(): void {
      for (const [account, amount] of staged) pending.set(account, (pending.get(account) ?? 0) + amount)
      staged = []
    },
    dropStaged(): void {
      staged = []
    },
    settleHouse(): void {
      for (const [account, amount] of pending) if (amount !== 0) addToBalance.run(amount, account)
      pending.clear()
    },
    /** Forgets what a batch that failed had gathered. */
    dropBatch(): void {
      staged = []
      pending.clear()
    },
    /** What a sale has posted so far; its event need not be in the journal yet. */
    postedFor: (saleid: string): PostedTransfer[] => posted.all(saleid).map(withoutNull),
    ofSale: (saleid: string): Transfer[] => bySale.all(saleid).map(withoutNull),
    /** Of all sales of a member, by its key in the database: each transfer belongs to a sale, so no account needs an index. */
    ofMember: (member: number): Transfer[] => byMember.all(member).map(withoutNull),
    houseBalances(): Record<string, number> {
      const rows = db
        .prepare<[], { name: string; balance: number }>("SELECT name, balance FROM accounts WHERE name NOT LIKE 'member:%'")
        .all()
      return Object.fromEntries(rows.map(({ name, balance }) => [name, balance]))
    },
    audit: (): AuditDifference[] =>
      db
        .prepare<[], AuditDifference>(
          `SELECT a.name AS account, a.balance, COALESCE(s.derived, 0) AS derived FROM accounts a LEFT JOIN (
             SELECT account, SUM(change) AS derived FROM (
               SELECT credit AS account, amount AS change FROM transfers UNION ALL SELECT debit, -amount FROM transfers)
             GROUP BY account) s USING (account) WHERE a.balance <> COALESCE(s.derived, 0)`,
        )
        .all(),
  }
}
export type SqliteLedger = ReturnType<typeof sqliteLedger>
