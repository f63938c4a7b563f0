import { useState } from 'preact/hooks'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { Table } from '../../shared/table.tsx'
import { useAnswer } from '../asking.ts'
import { eventName } from '../event-names.ts'
import { Answered, Note, Panel, ScreenHead } from '../parts/screen.tsx'
import { words as frameWords } from '../words.ts'
import { CorrectDialog } from './correct.tsx'
import { adviceOf, words } from './words.ts'

export type Entry = OfficeAnswer<'quarantine'>['entries'][number]

/** What could not be booked, with what is to be done about each. */
export function Quarantine() {
  const asked = useAnswer('quarantine', {})
  const [open, setOpen] = useState<Entry>()
  const [told, setTold] = useState<{ tone: 'good' | 'warn'; text: string }>()
  return (
    <>
      <ScreenHead title={say(frameWords.quarantine)} line={say(words.line)} />
      {told && <Note tone={told.tone}>{told.text}</Note>}
      <Panel title={say(words.list)}>
        <Answered asked={asked}>
          {({ entries }) =>
            entries.length === 0 ? (
              <Empty title={say(words.none)}>{say(words.noneWay)}</Empty>
            ) : (
              <Table
                caption={say(words.list)}
                rows={entries}
                keyOf={(one) => `${one.eventid} ${one.hash}`}
                columns={[
                  {
                    key: 'event',
                    title: say(words.event),
                    cell: (one) => (
                      <>
                        <strong>
                          {eventName((one.type ?? '').replace(/^vafa\.|\.v\d+$/g, '')) || <Code>{one.eventid}</Code>}
                        </strong>
                        <p>{say(one.title)}</p>
                        <p class="faint" dir="auto">
                          {one.reason}
                        </p>
                      </>
                    ),
                  },
                  { key: 'advice', title: say(words.advice), minor: true, cell: (one) => say(adviceOf(one.key)) },
                  { key: 'store', title: say(words.store), minor: true, cell: (one) => <Code>{one.store}</Code> },
                  { key: 'received', title: say(words.received), minor: true, cell: (one) => shortInstant(one.receivedat) },
                  {
                    key: 'act',
                    title: say(frameWords.act),
                    figure: true,
                    cell: (one) => <Button onPress={() => setOpen(one)}>{say(words.open)}</Button>,
                  },
                ]}
              />
            )
          }
        </Answered>
      </Panel>
      {open && (
        <CorrectDialog
          entry={open}
          onClose={() => setOpen(undefined)}
          onDone={(outcome) => {
            setOpen(undefined)
            setTold(outcome)
            asked.again()
          }}
        />
      )}
    </>
  )
}
