import { useEffect } from 'preact/hooks'
import type { OfficeAnswer } from '#protocol/head-office/requests.ts'
import type { DeviceStatus, StoreState } from '#protocol/state.ts'
import { Badge, type Tone } from '../../shared/badge.tsx'
import { Button } from '../../shared/button.tsx'
import { Code } from '../../shared/code.tsx'
import { bytes, count, instant, minute, money, plainMoney, shortInstant } from '../../shared/figures.ts'
import { say } from '../../shared/language.ts'
import { Empty } from '../../shared/states.tsx'
import { Table } from '../../shared/table.tsx'
import { may, useAnswer, useOffice } from '../asking.ts'
import { Standing } from '../now/standing.tsx'
import { amountTitle } from '../parts/amount.tsx'
import { Answered, Facts, Note, Panel, ScreenHead } from '../parts/screen.tsx'
import { goTo } from '../routes.ts'
import { words as frameWords } from '../words.ts'
import { Commands } from './commands.tsx'
import { Events } from './events.tsx'
import { SalesTable } from './sales-table.tsx'
import { words } from './words.ts'
import './store.css'

const againMs = 15_000

/** One store: its box, its devices, what happens there now, and what can be done from here. */
export function StoreScreen({ of }: { of: string }) {
  const office = useOffice()
  const asked = useAnswer('store', { store: of })
  const live = office.stores.of(of).value
  const { again } = asked
  useEffect(() => {
    const timer = setInterval(again, againMs)
    return () => clearInterval(timer)
  }, [again])
  // What the store's box says of itself is read again as soon as it comes or goes.
  useEffect(again, [live?.status, again])
  const name = asked.answer?.store.name
  return (
    <>
      <ScreenHead
        title={
          <>
            {name ? say(name) : say(frameWords.store)} <span class="store-code">{<Code>{of}</Code>}</span>
          </>
        }
        line={<Standing live={live} />}
      >
        <Button look="plain" icon="back" onPress={() => goTo('now')}>
          {say(words.back)}
        </Button>
      </ScreenHead>
      <Answered asked={asked}>
        {(answer) => (
          <div class="store-columns">
            <div>
              <Panel title={say(words.box)}>
                {answer.state ? <Box state={answer.state} heardAt={live?.heardAt} /> : <Empty title={say(words.noState)} />}
              </Panel>
              <Panel title={say(words.devices)}>
                <Devices devices={answer.devices} />
              </Panel>
              {may('store-command') && answer.commands.length > 0 && (
                <Panel title={say(words.commands)}>
                  <Commands
                    store={of}
                    commands={answer.commands}
                    devices={answer.devices}
                    lanes={answer.lanes.map(({ lane }) => lane)}
                  />
                </Panel>
              )}
            </div>
            <div>
              <Panel title={say(words.events)}>
                <Events store={of} />
              </Panel>
              <Panel title={say(words.lanes)}>
                <Lanes lanes={answer.lanes} />
              </Panel>
              <Panel title={say(words.lastSales)}>
                {answer.sales.length === 0 ? <Empty title={say(words.noSales)} /> : <SalesTable sales={answer.sales} />}
              </Panel>
            </div>
          </div>
        )}
      </Answered>
    </>
  )
}

function Box({ state, heardAt }: { state: StoreState; heardAt: string | undefined }) {
  const { backlog, programme, configuration } = state
  const next = programme?.next
  const version = programme?.version === undefined ? say(frameWords.none) : count(programme.version)
  return (
    <>
      {state.trouble !== undefined && <Note tone="warn">{state.trouble}</Note>}
      <Facts
        rows={[
          [say(words.version), <Code>{state.version}</Code>],
          [say(words.started), instant(state.startedat)],
          [say(words.heard), instant(heardAt ?? state.at)],
          [
            say(words.backlog),
            backlog.count === 0
              ? count(0)
              : say(words.backlogValue, { count: count(backlog.count), bytes: bytes(backlog.bytes) }),
          ],
          ...(backlog.oldest === undefined ? [] : [[say(words.oldest), instant(backlog.oldest)] as const]),
          ...(state.skewms === undefined ? [] : [[say(words.skew), say(words.skewValue, { ms: count(state.skewms) })] as const]),
          ...(state.exposure === undefined ? [] : [[say(words.exposure), money(state.exposure)] as const]),
          [
            say(words.programme),
            next ? say(words.programmeNext, { version, next: count(next.version), time: instant(next.from) }) : version,
          ],
          ...(configuration?.version === undefined ? [] : [[say(words.configuration), count(configuration.version)] as const]),
        ]}
      />
    </>
  )
}

const toneOf: Record<DeviceStatus, Tone> = { ready: 'good', degraded: 'warn', absent: 'bad' }

function Devices({ devices }: Pick<OfficeAnswer<'store'>, 'devices'>) {
  if (devices.length === 0) return <Empty title={say(words.noDevices)} />
  return (
    <Table
      caption={say(words.devices)}
      rows={devices}
      keyOf={({ device }) => device}
      columns={[
        {
          key: 'device',
          title: say(words.device),
          cell: (one) => (
            <>
              <Code>{one.device}</Code>
              {one.reason !== undefined && (
                <p class="store-reason" dir="auto">
                  {one.reason}
                </p>
              )}
            </>
          ),
        },
        { key: 'driver', title: say(words.driver), minor: true, cell: (one) => <Code>{one.driver}</Code> },
        {
          key: 'status',
          title: say(words.status),
          cell: (one) => <Badge tone={toneOf[one.status]}>{say(words[one.status])}</Badge>,
        },
        { key: 'since', title: say(words.since), figure: true, cell: (one) => shortInstant(one.since) },
      ]}
    />
  )
}

function Lanes({ lanes }: Pick<OfficeAnswer<'store'>, 'lanes'>) {
  if (lanes.length === 0) return <Empty title={say(words.noLanes)} />
  return (
    <Table
      caption={say(words.lanes)}
      rows={lanes}
      keyOf={({ lane }) => lane}
      columns={[
        { key: 'lane', title: say(words.lane), cell: (one) => <Code>{one.lane}</Code> },
        { key: 'sales', title: say(words.sales), figure: true, cell: (one) => count(one.sales) },
        { key: 'total', title: amountTitle(words.total), figure: true, cell: (one) => plainMoney(one.total) },
        {
          key: 'discount',
          title: amountTitle(words.discount),
          figure: true,
          minor: true,
          cell: (one) => plainMoney(one.discount),
        },
        {
          key: 'closed',
          title: say(words.closed),
          figure: true,
          minor: true,
          cell: (one) => (one.closedAt ? minute(one.closedAt) : say(frameWords.none)),
        },
      ]}
    />
  )
}
