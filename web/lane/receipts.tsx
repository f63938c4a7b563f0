import { useEffect, useState } from 'preact/hooks'
import type { LaneReceipt, LaneScreen } from '#protocol/lane.ts'
import { Badge, type Tone } from '../shared/badge.tsx'
import { Button } from '../shared/button.tsx'
import { Code } from '../shared/code.tsx'
import { minute, money } from '../shared/figures.ts'
import type { LaneLine } from '../shared/lane-line.ts'
import { say } from '../shared/language.ts'
import { words } from './words.ts'

/** What the club has not answered yet is asked for again after this time. */
const againMs = 2_000

const tones: Record<LaneReceipt['state'], Tone> = { final: 'good', provisional: 'warn', waiting: 'idle', reversed: 'bad' }

/** The last receipts of this lane; asked for anew when a sale is over. */
export function Receipts({ line, state }: { line: LaneLine; state: LaneScreen['state'] | undefined }) {
  const [receipts, setReceipts] = useState<readonly LaneReceipt[]>()
  const [said, setSaid] = useState<string>()
  const online = line.wire.status.value === 'online'
  const load = () => void line.ask({ op: 'receipts' }).then((answer) => answer?.op === 'receipts' && setReceipts(answer.receipts))
  useEffect(() => {
    if (!online || (receipts !== undefined && state !== 'idle' && state !== 'completed')) return
    load()
  }, [online, state])
  useEffect(() => {
    if (!online || !receipts?.some(({ state: stands }) => stands === 'waiting' || stands === 'provisional')) return
    const timer = setTimeout(load, againMs)
    return () => clearTimeout(timer)
  }, [online, receipts])
  const reprint = async (saleid: string) => {
    const answer = await line.ask({ op: 'reprint', saleid })
    setSaid(say(answer?.op === 'printed' ? words.reprinted : answer?.op === 'error' ? answer.error.title : words.noAnswer))
  }
  return (
    <section class="lane-part">
      <h2>{say(words.receipts)}</h2>
      {said !== undefined && <p role="status">{said}</p>}
      {receipts?.length === 0 && <p class="lane-soft">{say(words.noReceipts)}</p>}
      <ul class="lane-receipts">
        {receipts?.slice(0, 5).map(({ saleid, at, tillreceipt, payable, state: stands }) => (
          <li key={saleid}>
            <span>{minute(at)}</span>
            <Code>{tillreceipt ?? ''}</Code>
            <span class="lane-amount">{money(payable)}</span>
            <Badge tone={tones[stands]}>{say(words[stands])}</Badge>
            <Button icon="print" label={`${say(words.reprint)} ${tillreceipt ?? ''}`} onPress={() => void reprint(saleid)} />
          </li>
        ))}
      </ul>
    </section>
  )
}
