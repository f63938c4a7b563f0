import type { OfficeSale } from '#protocol/head-office/stores.ts'
import { Badge } from '../../shared/badge.tsx'
import { Code } from '../../shared/code.tsx'
import { plainMoney, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Table } from '../../shared/table.tsx'
import { amountTitle } from '../parts/amount.tsx'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

export function SalesTable({ sales }: { sales: readonly OfficeSale[] }) {
  return (
    <Table
      caption={say(words.lastSales)}
      rows={sales}
      keyOf={({ saleid }) => saleid}
      columns={[
        { key: 'at', title: say(frameWords.when), cell: (one) => <time dateTime={one.at}>{shortInstant(one.at)}</time> },
        {
          key: 'reference',
          title: say(words.reference),
          minor: true,
          cell: (one) => (
            <>
              <Code>{one.reference}</Code> {one.reversed && <Badge tone="bad">{say(words.reversed)}</Badge>}
            </>
          ),
        },
        {
          key: 'redeemed',
          title: amountTitle(words.redeemed),
          figure: true,
          minor: true,
          cell: (one) => plainMoney(one.redeemed),
        },
        { key: 'payable', title: amountTitle(words.payable), figure: true, cell: (one) => plainMoney(one.payable) },
      ]}
    />
  )
}
