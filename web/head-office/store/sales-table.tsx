import type { OfficeSale } from '#protocol/head-office/stores.ts'
import { Badge } from '../../shared/badge.tsx'
import { Code } from '../../shared/code.tsx'
import { money, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Table } from '../../shared/table.tsx'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

export function SalesTable({ sales }: { sales: readonly OfficeSale[] }) {
  return (
    <Table
      caption={say(words.lastSales)}
      rows={sales}
      keyOf={({ saleid }) => saleid}
      columns={[
        { key: 'at', title: say(frameWords.when), cell: (one) => shortInstant(one.at) },
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
        { key: 'discount', title: say(words.discount), figure: true, minor: true, cell: (one) => money(one.discount) },
        { key: 'redeemed', title: say(words.redeemed), figure: true, minor: true, cell: (one) => money(one.redeemed) },
        { key: 'payable', title: say(words.payable), figure: true, cell: (one) => money(one.payable) },
      ]}
    />
  )
}
