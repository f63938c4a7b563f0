import type { Fact } from '#protocol/messages.ts'
import type { OpenSales } from '../open-sales.ts'
import type { Outbox } from '../outbox.ts'
import type { Regulars } from './regulars.ts'

/**
 * After a restart: what sales hold of allowances. A sale that is on disk has given what it says; one that is still open
 * keeps what it holds; what nobody was told of goes back.
 */
export function recoverTaken({
  regulars,
  outbox,
  openSales,
}: {
  regulars: Regulars
  outbox: Outbox
  openSales: OpenSales
}): void {
  for (const saleid of regulars.open()) {
    const sale = outbox.factsOf(saleid).find(({ type }) => type === 'vafa.sale.completed.v1')
    if (sale) {
      const { data } = JSON.parse(outbox.body(sale.id).toString('utf8')) as Fact<'vafa.sale.completed.v1'>
      if (data.allowance) regulars.spent(saleid, data.allowance)
      else regulars.giveBack(saleid, 'credit', 'gifts')
      continue
    }
    const kept = openSales.find(saleid)
    if (!kept || kept.quote.decidedBy === 'club' || kept.quote.discount === 0) regulars.giveBack(saleid, 'gifts')
    if (!kept?.quote.redemption) regulars.giveBack(saleid, 'credit')
  }
}
