import { Badge } from '../../shared/badge.tsx'
import { Code } from '../../shared/code.tsx'
import { count, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { Table } from '../../shared/table.tsx'
import { useAnswer } from '../asking.ts'
import { Answered, Figure, Figures, Panel, ScreenHead } from '../parts/screen.tsx'
import { words as frameWords } from '../words.ts'
import { words } from './words.ts'

/** The cards that can become a member's, and how many are left where. */
export function Cards() {
  const asked = useAnswer('card-stock', {})
  return (
    <>
      <ScreenHead title={say(frameWords.cards)} line={say(words.line)} />
      <Answered asked={asked}>
        {({ batches }) => {
          const cards = batches.reduce((sum, one) => sum + one.cards, 0)
          const handedOut = batches.reduce((sum, one) => sum + one.handedout, 0)
          return (
            <>
              <Figures>
                <Figure name={say(words.all)}>{count(cards)}</Figure>
                <Figure name={say(words.handedOut)}>{count(handedOut)}</Figure>
                <Figure name={say(words.left)}>{count(cards - handedOut)}</Figure>
              </Figures>
              <Panel title={say(words.batches)}>
                {batches.length === 0 ? (
                  <Empty title={say(words.none)}>{say(words.noneWay)}</Empty>
                ) : (
                  <Table
                    caption={say(words.batches)}
                    rows={batches}
                    keyOf={(one, index) => `${one.batch} ${one.store ?? ''} ${index}`}
                    columns={[
                      { key: 'batch', title: say(words.batch), cell: (one) => <Code>{one.batch}</Code> },
                      {
                        key: 'store',
                        title: say(words.store),
                        cell: (one) => (one.store === undefined ? say(words.unassigned) : <Code>{one.store}</Code>),
                      },
                      { key: 'at', title: say(words.imported), minor: true, cell: (one) => shortInstant(one.at) },
                      { key: 'cards', title: say(words.all), figure: true, minor: true, cell: (one) => count(one.cards) },
                      { key: 'handed', title: say(words.handedOut), figure: true, cell: (one) => count(one.handedout) },
                      {
                        key: 'left',
                        title: say(words.left),
                        figure: true,
                        order: (one) => one.cards - one.handedout,
                        cell: (one) => (
                          <>
                            {(one.cards - one.handedout) * 10 < one.cards && <Badge tone="warn">{say(words.low)}</Badge>}{' '}
                            {count(one.cards - one.handedout)}
                          </>
                        ),
                      },
                    ]}
                  />
                )}
              </Panel>
            </>
          )
        }}
      </Answered>
    </>
  )
}
