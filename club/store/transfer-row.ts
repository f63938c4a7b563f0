import type { PostedTransfer } from '../ledger/transfers.ts'

/** A transfer as its columns give it. */
export interface TransferRow extends Omit<PostedTransfer, 'compensates' | 'lot'> {
  compensates: number | null
  issuedby: string | null
  activeat: string | null
  expiresat: string | null
}

/** A transfer of a row, with whatever else the row has; what is NULL is no field. */
export function transferOf<Row extends TransferRow>(row: Row) {
  const { compensates, issuedby, activeat, expiresat, ...transfer } = row
  const lot = issuedby === null ? undefined : { issuedBy: issuedby, ...unlessNull({ activeAt: activeat, expiresAt: expiresat }) }
  return { ...transfer, ...unlessNull({ compensates }), ...(lot ? { lot } : {}) }
}

function unlessNull<Fields extends Record<string, unknown>>(fields: Fields): { [F in keyof Fields]?: NonNullable<Fields[F]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as {
    [F in keyof Fields]?: NonNullable<Fields[F]>
  }
}
