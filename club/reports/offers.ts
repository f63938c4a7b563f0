import { column, columns } from './columns.ts'
import type { Asked, Report } from './report.ts'
import { byName, shareOf, sums } from './sums.ts'

/**
 * What each rule did. `response`: in what part of members' sales it fired. `return`: what was paid in sales with it, less
 * what was undone, for each rial that it cost.
 */
export async function offers(asked: Asked): Promise<Pick<Report, 'columns' | 'rows'>> {
  const ofMembers =
    byName(await sums(asked, 'sales', 'key', 'member'))
      .get('member')
      ?.of('sale').count ?? 0
  const rows = [...byName(await sums(asked, 'offers'))].map(([rule, flows]) => {
    const [fired, undone, given, back] = [flows.of('sale'), flows.of('reversal'), flows.of('given'), flows.of('taken-back')]
    const taken_back = back.amount + back.discount
    const cost = given.amount + given.discount - taken_back
    const net = fired.payable - flows.of('return').payable - undone.payable
    return {
      rule,
      fired: fired.count,
      reversals: undone.count,
      given: given.count,
      credit: given.amount,
      discount: given.discount,
      taken_back,
      cost,
      net,
      response: shareOf(fired.count, ofMembers),
      return: cost > 0 ? Math.round((net * 100) / cost) : undefined,
    }
  })
  return {
    columns: [
      column('rule', 'text'),
      ...columns('number', 'fired', 'reversals', 'given'),
      ...columns('money', 'credit', 'discount', 'taken_back', 'cost', 'net'),
      column('response', 'share'),
      column('return', 'ratio'),
    ],
    rows: rows.sort((a, b) => b.cost - a.cost || (a.rule < b.rule ? -1 : 1)),
  }
}
