import type { TimelineEntry } from '#protocol/head-office/members.ts'
import { Code } from '../../shared/code.tsx'
import { count, money, shortInstant, signedMoney } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { useAnswer } from '../asking.ts'
import { eventName } from '../event-names.ts'
import { Answered, Note } from '../parts/screen.tsx'
import { words } from './words.ts'

export function Timeline({ number }: { number: string }) {
  const asked = useAnswer('member-timeline', { number })
  return (
    <Answered asked={asked}>
      {({ entries, whole }) =>
        entries.length === 0 ? (
          <Empty title={say(words.noTimeline)} />
        ) : (
          <>
            <ol class="timeline">
              {entries.map((one, index) => (
                <Entry key={`${one.at} ${one.what} ${index}`} entry={one} />
              ))}
            </ol>
            {!whole && <Note tone="warn">{say(words.notWhole)}</Note>}
          </>
        )
      }
    </Answered>
  )
}

function Entry({ entry: { at, what, store, sale, transfers, actor } }: { entry: TimelineEntry }) {
  return (
    <li>
      <span>
        <span class="timeline-what">{eventName(what)}</span> {store !== '' && <Code>{store}</Code>}{' '}
        {actor !== undefined && <bdi>{actor}</bdi>}
      </span>
      <span>{sale ? money(sale.payable) : ''}</span>
      <time dateTime={at} class="faint">
        {shortInstant(at)}
      </time>
      {sale && <Code>{sale.reference}</Code>}
      {transfers.length > 0 && (
        <span class="timeline-transfers">
          {transfers.map((one) => (
            <span key={one.seq} class={one.amount < 0 ? 'timeline-loss' : 'timeline-gain'}>
              {amountOf(one.unit, one.amount)} <bdi class="faint">{one.ruleid}</bdi>
            </span>
          ))}
        </span>
      )}
    </li>
  )
}

/** `credit:IRR` is money; points and stamps are told by their name. */
const amountOf = (unit: string, amount: number): string =>
  /^(?:credit|[A-Z]{3})/.test(unit)
    ? signedMoney(amount)
    : `${amount > 0 ? '\u200e+' : ''}${count(amount)} ${unit.replace(/^(?:points|stamps):/, '')}`
