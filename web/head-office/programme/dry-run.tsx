import { useState } from 'preact/hooks'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { DateRangeField } from '../../shared/date-range.tsx'
import { count, moneyUnit, plainMoney, signedMoney } from '../../shared/figures.ts'
import { dayInIran, presetRange } from '../../shared/jalali-month.ts'
import { say } from '../../shared/language.ts'
import { Table } from '../../shared/table.tsx'
import { may, useDoing } from '../asking.ts'
import { Amount, amountTitle } from '../parts/amount.tsx'
import { Figure, Figures, Note, ProblemNote } from '../parts/screen.tsx'
import { addressOf } from '../routes.ts'
import { words } from './words.ts'

type Result = OfficeAnswer<'programme-dry-run'>

/** Who would have gained and lost, and what it would have cost. */
export function DryRun({ text }: { text: string }) {
  const doing = useDoing()
  const [range, setRange] = useState(() => presetRange('last30', dayInIran(Date.now())))
  const [result, setResult] = useState<{ text: string; answer: Result }>()
  async function run() {
    setResult(undefined)
    const answer = await doing.act('programme-dry-run', { text, ...range })
    if (answer) setResult({ text, answer })
  }
  return (
    <div class="stack">
      <p class="faint">{say(words.dryRunLine)}</p>
      <div class="row">
        <DateRangeField value={range} onChange={setRange} />
        <Button look="main" busy={doing.busy} onPress={() => void run()}>
          {say(words.run)}
        </Button>
      </div>
      {doing.busy && (
        <p role="status" class="faint">
          {say(words.running)}
        </p>
      )}
      {doing.problem && <ProblemNote problem={doing.problem} />}
      {result?.text === text && <Outcome result={result.answer} />}
    </div>
  )
}

const signed = (amount: number, unit: string) =>
  isMoney(unit) ? signedMoney(amount) : `${amount > 0 ? '\u200e+' : ''}${count(amount)}`
const isMoney = (unit: string) => /^(?:credit|discount|[A-Z]{3}|cash|gift)/.test(unit)
const shown = (amount: number, unit: string) => (isMoney(unit) ? plainMoney(amount) : `${count(amount)} ${unit}`)

function Outcome({ result }: { result: Result }) {
  return (
    <div class="stack" data-outcome="dry-run">
      <Figures>
        <Figure name={say(result.cost >= 0 ? words.cost : words.saving)} {...(result.cost > 0 ? { tone: 'warn' as const } : {})}>
          <Amount of={Math.abs(result.cost)} />
        </Figure>
        <Figure name={say(words.sales)}>{count(result.sales)}</Figure>
        <Figure name={say(words.better)}>{count(result.better)}</Figure>
        <Figure name={say(words.worse)}>{count(result.worse)}</Figure>
      </Figures>
      {result.undecided > 0 && <Note tone="warn">{say(words.undecided, { count: count(result.undecided) })}</Note>}
      <Table
        caption={say(words.rule)}
        rows={result.rules}
        keyOf={(one) => `${one.ruleid} ${one.unit}`}
        columns={[
          { key: 'rule', title: say(words.rule), cell: (one) => <Code>{one.ruleid}</Code> },
          { key: 'real', title: amountTitle(words.real), figure: true, cell: (one) => shown(one.real, one.unit) },
          { key: 'draft', title: amountTitle(words.draft), figure: true, cell: (one) => shown(one.draft, one.unit) },
          {
            key: 'difference',
            title: amountTitle(words.difference),
            figure: true,
            order: (one) => one.draft - one.real,
            cell: (one) => signed(one.draft - one.real, one.unit).replace(moneyUnit(), ''),
          },
        ]}
      />
      <Members title={say(words.winners)} members={result.best} />
      <Members title={say(words.losers)} members={result.worst} />
    </div>
  )
}

function Members({ title, members }: { title: string; members: Result['best'] }) {
  if (members.length === 0) return null
  return (
    <div>
      <h3>{title}</h3>
      <ul class="programme-members">
        {members.map((one) => (
          <li key={one.number}>
            {may('member') ? (
              <a href={addressOf('member', one.number)}>
                <Code>{one.number}</Code>
              </a>
            ) : (
              <Code>{one.number}</Code>
            )}
            <span>{signed(one.money, 'IRR')}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
