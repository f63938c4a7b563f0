import { useState } from 'preact/hooks'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { Dialog } from '../../shared/dialog.tsx'
import { TextField } from '../../shared/field.tsx'
import { count, money, plainMoney, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { type Column, Table } from '../../shared/table.tsx'
import { words as sharedWords } from '../../shared/words.ts'
import { may, useAnswer, useDoing } from '../asking.ts'
import { Amount, amountTitle } from '../parts/amount.tsx'
import { Answered, Figure, Figures, Note, Panel, ProblemNote, ScreenHead } from '../parts/screen.tsx'
import { addressOf } from '../routes.ts'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

type Box = OfficeAnswer<'exposure'>['boxes'][number]

/** What the club can lose at most by decisions that it has not seen yet. */
export function Exposure() {
  const asked = useAnswer('exposure', {})
  const [writingOff, setWritingOff] = useState<Box>()
  return (
    <>
      <ScreenHead title={say(frameWords.exposure)} line={say(words.line)} />
      <Answered asked={asked}>
        {({ boxes, total, offlineDifferences }) => (
          <>
            <Figures>
              <Figure name={say(words.total)}>
                <Amount of={total} />
              </Figure>
              <Figure name={say(words.differences)}>
                <Amount of={offlineDifferences} />
              </Figure>
              <Figure name={say(words.boxes)}>{count(boxes.length)}</Figure>
            </Figures>
            <Panel title={say(words.boxes)}>
              {boxes.length === 0 ? (
                <Empty title={say(words.none)} />
              ) : (
                <Table caption={say(words.boxes)} rows={boxes} keyOf={({ boxid }) => boxid} columns={columns(setWritingOff)} />
              )}
            </Panel>
          </>
        )}
      </Answered>
      {writingOff && (
        <WriteOffDialog
          box={writingOff}
          onClose={() => setWritingOff(undefined)}
          onDone={() => {
            setWritingOff(undefined)
            asked.again()
          }}
        />
      )}
    </>
  )
}

const columns = (onWriteOff: (box: Box) => void): Column<Box>[] => [
  {
    key: 'store',
    title: say(words.store),
    cell: (one) => (
      <a href={addressOf('store', one.store)}>
        <Code>{one.store}</Code>
      </a>
    ),
  },
  { key: 'box', title: say(words.box), minor: true, cell: (one) => <Code>{one.boxid.slice(0, 8)}</Code> },
  { key: 'allowances', title: say(words.allowances), figure: true, minor: true, cell: (one) => count(one.allowances) },
  { key: 'credit', title: amountTitle(words.credit), figure: true, minor: true, cell: (one) => plainMoney(one.credit) },
  { key: 'gifts', title: amountTitle(words.gifts), figure: true, minor: true, cell: (one) => plainMoney(one.gifts) },
  {
    key: 'total',
    title: amountTitle(words.total),
    figure: true,
    order: (one) => one.total,
    cell: (one) => plainMoney(one.total),
  },
  { key: 'until', title: say(words.until), figure: true, cell: (one) => shortInstant(one.until) },
  {
    key: 'over',
    title: say(words.over),
    figure: true,
    order: (one) => one.over,
    cell: (one) => (one.over > 0 ? money(one.over) : say(frameWords.none)),
  },
  ...(may('write-off-box')
    ? [
        {
          key: 'act',
          title: say(frameWords.act),
          figure: true as const,
          cell: (one: Box) => one.over > 0 && <Button onPress={() => onWriteOff(one)}>{say(words.writeOff)}</Button>,
        },
      ]
    : []),
]

function WriteOffDialog({ box, onClose, onDone }: { box: Box; onClose: () => void; onDone: () => void }) {
  const doing = useDoing()
  const [why, setWhy] = useState('')
  async function submit() {
    if (await doing.act('write-off-box', { store: box.store, boxid: box.boxid, why })) onDone()
  }
  return (
    <Dialog title={say(words.writeOffTitle)} onClose={onClose}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault()
          void submit()
        }}
      >
        <Note tone="bad">{say(words.writeOffLine)}</Note>
        <p>
          <Code>{box.store}</Code> · <Code>{box.boxid}</Code> · {money(box.total)}
        </p>
        <TextField label={say(frameWords.why)} hint={say(frameWords.whyHint)} value={why} onInput={setWhy} required />
        {doing.problem && <ProblemNote problem={doing.problem} />}
        <div class="dialog-actions">
          <Button onPress={onClose}>{say(sharedWords.cancel)}</Button>
          <Button look="danger" submits busy={doing.busy} disabled={why.trim().length < 3}>
            {say(words.writeOff)}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
